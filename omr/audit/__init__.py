"""A hand audit of the result: ballots drawn from the box by dice, counted by people, judged at a risk limit.

Ballot polling: what people find on the ballots drawn is compared with what the result says of the whole box,
never with the machine's reading of one ballot. Sources: Stark, "Sets of Half-Average Nulls Generate
Risk-Limiting Audits" (SHANGRLA, arXiv:1911.10035); Stark, "ALPHA: Audit that Learns from Previously
Hand-Audited Ballots" (arXiv:2201.02707); Waudby-Smith and Ramdas, "Confidence sequences for sampling without
replacement" (arXiv:2006.04347). Why so, and what it shows: docs/audit.md.
"""
