"""A scenario that uses the whole form: a cast, branches, conditions, faults, contingencies, and the newer kinds."""

WHOLE = """\
name: whole-form
version: "1"
title: Everything that a scenario can say
summary: A launch that the cast confirms, a channel that is away, and ways that are not taken.
sources:
  - {id: made-up, text: Invented, basis: invented}
start: "2026-03-01T08:00:00+00:00"
length: "+08:00"
objectives:
  - {id: O1, text: The protocol is launched., owner: head of operations, recommendation: Launch earlier.}
cast:
  - {who: head-of-operations, answers: after, after: "+00:03", confirms: [decide, release, close]}
  - {who: csirt-lu, answers: after, after: "+00:12", notices: [launch_external]}
  - {who: enisa, answers: after, after: "+00:02", over: "+00:05"}
  - {who: csirt-fr, answers: never}
  - {who: poc-us, answers: wrongly, after: "+00:20", notices: [launch_internal]}
branches:
  - id: launched
    text: The protocol is launched by half past eight.
    when: {kind: triage.decision.made, where: {choice: launch}}
  - id: no-launch
    text: Nobody has launched by half past eight.
    unless: {kind: triage.decision.made, where: {choice: launch}}
injects:
  - number: 1
    at: "+00:05"
    kind: report
    from: csirt-lu
    description: A CSIRT reports.
    outcome: created
    max_minutes: 15
    controller: white cell
    learning_point: One report is enough to begin.
    says:
      title: A worm spreads
      facts: {activity: effect}
      observables:
        - {kind: domain, value: worm.example}
  - {number: 2, at: "+00:06", kind: message, from: press office, to: duty desk, delivery: telephone,
     description: The press asks., says: {subject: Is it true?, text: We hear of a worm.}}
  - {number: 3, at: "+00:08", kind: fact, from: operational-analyst-1, description: Victims are counted.,
     facts: {victims_min: 3}, reason: Counted.}
  - {number: 4, at: "+00:09", kind: decision, from: malware-analyst-1, choice: launch, reason: A worm.,
     refused: not_authorised, description: An analyst may not launch.}
  - {number: 5, at: "+00:10", kind: fault, what: channel_down, channel: email, lasts: "+01:00",
     description: The mail is away.}
  - {number: 6, at: "+00:12", kind: decision, from: duty-officer, choice: launch, reason: It spreads.,
     description: The duty officer proposes; the cast confirms.}
  - {number: 7, at: "+00:30", branch: launched, kind: message, from: director, description: The director knows.,
     says: {subject: Well done}}
  - {number: 8, at: "+00:31", branch: no-launch, kind: message, from: director, description: The director asks.,
     says: {subject: What is going on?}}
  - {number: 9, at: "+00:40", branch: launched, when: {kind: coordination.team.formed, after: {inject: 6}},
     kind: message, from: director, description: The director asks for the team., says: {subject: Who is on?}}
  - number: 10
    at: "+00:45"
    kind: contingency
    unless: {kind: coordination.post.opened, after: {inject: 6}}
    does: {kind: message, from: white cell, description: The post is missing., says: {subject: Open a post}}
  - number: 11
    at: "+00:50"
    kind: contingency
    unless: {kind: delivery.acknowledgement.received, reader: csirt-fr}
    does:
      kind: report
      from: csirt-fr
      description: France has something to say after all.
      says: {title: The same worm, observables: [{kind: domain, value: worm.example}]}
  - {number: 13, at: "+02:30", kind: fault, what: officer_ill, officer: duty-officer, lasts: "+01:00",
     description: The duty officer faints.}
  - number: 14
    at: "+03:00"
    kind: act
    from: duty-officer
    description: The duty officer would warn.
    does: {act: warn, notice: early_warning}
    reason: For nobody.
  - number: 15
    at: "+04:00"
    kind: act
    from: duty-officer
    description: Somebody warns.
    does: {act: warn, notice: early_warning}
    reason: All know enough.
  - number: 16
    at: "+04:05"
    kind: act
    from: duty-officer
    description: And proposes to release it; the cast approves.
    does: {act: release, notice: early_warning}
    reason: It is right.
  - {number: 17, at: "+05:00", kind: act, from: duty-officer, description: It is over., reason: Contained.,
     does: {act: close, outcome: operational_success}}
expectations:
  - {id: E1, text: The launch is decided., objective: O1, kind: triage.decision.made, where: {choice: launch},
     after: {inject: 6}, within_minutes: 4}
  - {id: E2, text: The mail comes through once it is back., notice: launch_external, reader: csirt-lu,
     state: acknowledged}
  - {id: E3, text: The Union's agency could see the domain., reader: enisa, could_see: worm.example}
  - {id: E4, text: Nobody outside sees the words of the press., reader: enisa, never_sees: press}
  - {id: E5, text: What did not happen is not asked., kind: triage.watch.elapsed, after: {inject: 8}}
  - {id: E6, text: A wrong confirmation is refused., kind: desk.act.refused, where: {act: acknowledge}}
  - {id: E7, text: The warning is approved., kind: warning.notice.released, where: {approved_by: head-of-operations}}
  - {id: E8, text: Closed., kind: closure.incident.closed}
"""
