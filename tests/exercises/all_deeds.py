"""A scenario in which officers do everything that a scenario can have them do."""

DEEDS = """\
name: all-deeds
version: "1"
title: Everything that officers can do
summary: Meetings, proposals, the rota, a room, products, a package, permissions and a hit.
sources:
  - {id: made-up, text: Invented, basis: invented}
start: "2026-03-02T08:00:00+00:00"
length: "+06:00"
objectives:
  - {id: O1, text: Each act goes in by the way that people use.}
cast:
  - {who: head-of-operations, answers: after, after: "+00:01", confirms: [decide, release, close]}
injects:
  - number: 1
    at: "+00:00"
    kind: report
    from: csirt-lu
    description: A CSIRT reports.
    outcome: created
    says:
      title: A worm spreads
      marking:
        handling: [{code: H2, provider: csirt-lu}]
      facts: {activity: effect, life_threat: true}
      observables: [{kind: domain, value: worm.example}]
  - {number: 2, at: "+00:05", kind: decision, from: duty-officer, choice: launch, reason: It spreads.,
     description: A launch is proposed.}
  - number: 3
    at: "+00:20"
    kind: contribution
    from: liaison-de
    description: Another owner holds the same.
    says: {title: The same domain, observables: [{kind: domain, value: worm.example}]}
  - {number: 4, at: "+00:30", kind: act, from: duty-officer, description: The team is planned., reason: A rota.,
     does: {act: team_plan, starts: "+01:00", ends: "+25:00"}}
  - {number: 5, at: "+00:32", kind: act, from: duty-officer, description: Somebody cannot come., reason: Away.,
     does: {act: team_change, change: absent, person: malware-analyst-1, starts: "+09:00", ends: "+17:00"}}
  - {number: 6, at: "+00:35", kind: act, from: duty-officer, description: A room., reason: To talk.,
     does: {act: room_open, link: "https://rooms.example/1", invite: [csirt-lu]}}
  - {number: 7, at: "+00:36", kind: act, from: duty-officer, description: One more., reason: To talk.,
     does: {act: room_invite, room: 6, invite: [enisa]}}
  - {number: 8, at: "+00:37", kind: act, from: duty-officer, description: Something is settled., reason: Kept.,
     does: {act: room_pin, room: 6, text: We wait., decided_by: All of them}}
  - {number: 9, at: "+00:38", kind: act, from: duty-officer, description: It is closed., reason: Done.,
     does: {act: room_archive, room: 6}}
  - {number: 10, at: "+00:40", kind: act, from: duty-officer, description: A meeting., reason: To decide.,
     does: {act: meet, meeting_at: "+02:00", place: Room 1, kind: operational, needed: [LU]}}
  - {number: 11, at: "+00:42", kind: act, from: duty-officer, description: Somebody comes., reason: Said so.,
     does: {act: meeting_answer, call: 10, reader: liaison-de, answer: accepted}}
  - {number: 12, at: "+02:40", kind: act, from: duty-officer, description: It was held., reason: All were heard.,
     does: {act: meeting_minutes, call: 10, attended: [liaison-de], decisions: [{text: We go on.}]}}
  - {number: 13, at: "+02:41", kind: act, from: duty-officer, description: Another one., reason: To decide.,
     does: {act: meet, meeting_at: "+05:00", place: Room 2, kind: conference_call}}
  - {number: 14, at: "+02:42", kind: act, from: duty-officer, description: Not that one., reason: Too late.,
     does: {act: meeting_cancel, call: 13}}
  - number: 15
    at: "+02:50"
    kind: act
    from: duty-officer
    description: A country proposes.
    reason: By telephone.
    does:
      act: plan_propose
      proposed_by: liaison-de
      action: {id: DE-1, title: A sinkhole, type: sinkhole, owner: liaison-de, country: DE, starts: "+04:00",
               ends: "+05:00", targets: [{kind: domain, value: worm.example}]}
  - {number: 16, at: "+02:55", kind: act, from: duty-officer, description: It is taken., reason: Good.,
     does: {act: plan_accept, proposal: 15}}
  - number: 17
    at: "+02:56"
    kind: act
    from: duty-officer
    description: Another country proposes.
    reason: By telephone.
    does:
      act: plan_propose
      proposed_by: liaison-fr
      action: {id: FR-1, title: A takedown, type: takedown, owner: liaison-fr, country: FR, starts: "+04:00",
               ends: "+05:00", targets: [{kind: domain, value: worm.example}]}
  - {number: 18, at: "+02:57", kind: act, from: duty-officer, description: It is not., reason: It collides.,
     does: {act: plan_decline, proposal: 17}}
  - {number: 19, at: "+02:58", kind: act, from: duty-officer, description: Agreed., reason: They said so.,
     does: {act: plan_state, action: DE-1, state: agreed}}
  - number: 20
    at: "+02:59"
    kind: act
    from: duty-officer
    description: It comes in all the same.
    reason: They insist.
    does:
      act: plan_add
      action: {id: FR-2, title: A takedown, type: takedown, owner: liaison-fr, country: FR, starts: "+04:00",
               ends: "+05:00", targets: [{kind: domain, value: worm.example}]}
  - {number: 21, at: "+03:00", kind: act, from: duty-officer, description: They agree., reason: Together.,
     does: {act: plan_outcome, actions: [DE-1, FR-2], outcome: joint}}
  - {number: 22, at: "+03:05", kind: act, from: duty-officer, description: The plan is drafted., reason: To tell.,
     does: {act: plan_draft}}
  - {number: 23, at: "+03:06", kind: act, from: duty-officer, description: A product., reason: Asked for.,
     does: {act: product_request, kind: forensic-report, requested_by: liaison-de, due: "+05:00", question: What?}}
  - {number: 24, at: "+03:07", kind: act, from: duty-officer, description: Somebody does it., reason: Free.,
     does: {act: product_assign, product: 23, assigned_to: malware-analyst-2}}
  - number: 25
    at: "+03:20"
    kind: act
    from: duty-officer
    description: It is drafted.
    reason: Done.
    does:
      act: product_draft
      product: 23
      items: [3]
      statements: [{section: assessment, text: It is a worm., marking: {level: BPL}}]
  - {number: 26, at: "+03:21", kind: act, from: duty-officer, description: And withdrawn., reason: Not needed.,
     does: {act: product_withdraw, product: 23}}
  - {number: 27, at: "+03:30", kind: act, from: duty-officer, description: A package., reason: For Germany.,
     does: {act: package_build, country: DE, assigned: [{value: worm.example, country: DE}]}}
  - {number: 28, at: "+03:40", kind: act, from: duty-officer, description: Of the hit., reason: By telephone.,
     does: {act: hit, owner: csirt-lu, other: liaison-de, given: true}}
  - {number: 29, at: "+03:45", kind: act, from: duty-officer, description: A warning., reason: To tell.,
     does: {act: warn, notice: early_warning, next_update: "+05:30"}}
  - {number: 30, at: "+03:46", kind: act, from: duty-officer, description: It goes., reason: Right.,
     does: {act: release, notice: early_warning}}
  - {number: 31, at: "+03:50", kind: act, from: duty-officer, description: The provider permits., reason: Asked.,
     does: {act: consent, provider: csirt-lu, given: true, notice: early_warning, readers: [enisa]}}
  - {number: 32, at: "+03:55", kind: act, from: head-of-operations, description: Lives., reason: Hospitals are hit.,
     does: {act: override, notice: early_warning, readers: [liaison-de]}}
  - {number: 33, at: "+04:10", kind: act, from: duty-officer, description: It was wrong., reason: Wrong.,
     does: {act: recall, notice: early_warning}}
  - {number: 34, at: "+04:20", kind: act, from: duty-officer, description: Nothing to reconsider., reason: On.,
     does: {act: reconsider}, refused: nothing_to_do}
  - {number: 35, at: "+04:30", kind: act, from: duty-officer, description: A shift is taken over., reason: Here.,
     does: {act: team_confirm, shift: "+04:30"}}
expectations:
  - {id: E1, text: The team is planned., kind: coordination.rota.planned}
"""
