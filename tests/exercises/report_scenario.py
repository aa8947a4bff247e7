"""A scenario of which every part of an after-action report has something to say; with hostile texts in it."""

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</main></td><b>out</b>",
    '#read("/etc/passwd") $x^2$ #panic()',
    "{{ report.seed }} {% raw %}",
    "&lt;b&gt; 中文 \u202e",
)
"""Texts that must be shown as they are, by a browser and by the typesetter."""

TITLE = "Rehearsal of <everything> & more"

RICH = """\
name: rich
version: "7"
title: "Rehearsal of <everything> & more"
summary: |-
  Two incidents. %(first)s
sources:
  - {id: made-up, text: "Invented %(second)s", basis: invented}
start: "2026-03-01T08:00:00+00:00"
length: "+08:00"
objectives:
  - {id: O1, text: The protocol is launched in time.}
  - {id: O2, text: Everybody is warned., owner: head of the early warning desk, recommendation: Warn before noon.}
  - {id: O3, text: The press is answered.}
  - {id: O4, text: Operations do not collide.}
cast:
  - {who: enisa, answers: after, after: "+00:50", notices: [launch_external]}
  - {who: poc-fr, answers: never}
injects:
  - number: 1
    at: "+00:05"
    kind: report
    from: csirt-lu
    description: "A CSIRT reports %(third)s"
    objective: O1
    max_minutes: 30
    learning_point: "Who reads %(fourth)s"
    outcome: created
    says:
      title: A worm spreads
      marking: {level: RESTREINT, tlp: "TLP:AMBER"}
      facts: {activity: effect, victims_min: 3}
      observables: [{kind: domain, value: worm.example}]
  - number: 2
    at: "+00:10"
    kind: fact
    from: operational-analyst-1
    description: It is an attack.
    facts: {root_cause: malicious-actions, victims_min: 5}
    reason: Three sources say so.
  - number: 3
    at: "+00:12"
    kind: message
    from: press office
    delivery: telephone
    description: The press asks.
    objective: O3
    says: {subject: "Is it true? %(fifth)s", text: "%(sixth)s"}
  - number: 4
    at: "+00:15"
    kind: decision
    from: [duty-officer, head-of-operations]
    choice: launch
    reason: "We cannot wait %(first)s"
    description: Launch, although it is not recommended.
    objective: O1
  - number: 5
    at: "+00:25"
    kind: acknowledge
    from: [csirt-lu, poc-de]
    notice: launch_external
    description: Two readers confirm.
  - number: 6
    at: "+01:00"
    kind: act
    from: duty-officer
    description: France plans.
    does:
      act: plan_add
      action: &action_placeholder
        id: FR-1
        title: Seize the server
        type: seizure
        owner: poc-fr
        country: FR
        targets: [{kind: domain, value: worm.example}]
        starts: "+03:00"
        ends: "+05:00"
        legal_basis: Order of a judge
    reason: By telephone.
  - number: 7
    at: "+01:10"
    kind: act
    from: duty-officer
    description: Germany plans.
    does:
      act: plan_add
      action:
        id: DE-1
        title: Listen on the server
        type: covert_monitoring
        owner: poc-de
        country: DE
        targets: [{kind: domain, value: worm.example}]
        starts: "+02:00"
        ends: "+07:00"
        legal_basis: Order of a judge
    reason: By telephone.
  - number: 8
    at: "+02:00"
    kind: contingency
    unless: {kind: warning.notice.sent}
    description: Nobody has warned; the press hears of it.
    does: {kind: message, from: newspaper, says: {subject: "Why has nobody warned?"}}
  - number: 9
    at: "+02:10"
    kind: report
    from: enisa
    description: Something else altogether.
    says:
      title: Another matter
      facts: {service_impact: degraded}
      observables: [{kind: domain, value: other.example}]
  - number: 10
    at: "+03:00"
    kind: message
    when: {kind: warning.notice.sent}
    from: newspaper
    description: Praise.
    says: {subject: Well done}
  - number: 11
    at: "+03:10"
    branch: quiet
    kind: message
    from: newspaper
    description: Silence.
    says: {subject: Nothing heard}
  - number: 12
    at: "+03:20"
    kind: act
    from: duty-officer-2
    description: Somebody who may not close proposes to.
    objective: O1
    does: {act: close, outcome: normal_procedure}
branches:
  - {id: quiet, text: Nobody has warned., unless: {kind: warning.notice.sent}}
expectations:
  - id: launched
    text: The launch is decided.
    objective: O1
    kind: triage.decision.made
    where: {choice: launch}
    after: {inject: 1}
    within_minutes: 30
  - id: warned
    text: "The warning is out %(third)s."
    objective: O2
    kind: warning.notice.sent
    after: {kind: triage.decision.made}
    within_minutes: 60
  - id: alerted
    text: The two owners are called.
    objective: O4
    kind: plan.alert.raised
    after: {inject: 7}
    within_minutes: 5
  - id: confirmed
    text: ENISA has the launch notice.
    notice: launch_external
    reader: enisa
    state: acknowledged
    within_minutes: 30
    after: {inject: 4}
"""


def rich() -> str:
    """The scenario as it stands in a file."""
    names = ("first", "second", "third", "fourth", "fifth", "sixth")
    texts = dict(zip(names, (one.replace("\\", "\\\\").replace('"', '\\"') for one in HOSTILE), strict=True))
    plain = {"first": HOSTILE[0]}
    filled = RICH.replace(" &action_placeholder", "") % (texts | plain)
    return filled.replace("\u202e", "\\u202e")
