# The business clock, and agents.

test the clock stands, moves and runs
given config BSS_ALLOW_ADMIN_RESET=true
when clock.freeze at=2026-02-15T09:00:00Z
then only clock.frozen at=2026-02-15T09:00:00Z
when clock.advance 29d
then only clock.advanced micros=2505600000000
when clock.freeze
then clock.frozen at=2026-03-16T09:00:00Z
when clock.unfreeze
then only clock.unfrozen
when clock.unfreeze
then nothing
when clock.advance 0s
then nothing

test what was moved while running stays moved
given config BSS_ALLOW_ADMIN_RESET=true
given clock clock clock.advanced micros=-1
when clock.advance 24h
then clock.advanced micros=86400000000
when clock.unfreeze
then nothing

test a duration that is none
given config BSS_ALLOW_ADMIN_RESET=true
when clock.advance soon
then refused INVALID_DURATION duration=soon
when clock.advance 9999999d
then refused INVALID_DURATION

test the clock is behind a gate
when clock.freeze
then refused ADMIN_CLOCK_DISABLED

test what is due when the clock is moved fires
given config BSS_ALLOW_ADMIN_RESET=true
given clock 2026-02-15T09:00:00Z
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
when inventory.msisdn.hold 90000001 reserved_for=CUST-1 ttl_seconds=60
then inventory.msisdn.reserved
when timers
then nothing
when clock.advance 2m
then clock.advanced
when timers
then inventory.msisdn.released 90000001 status=available

test agents
when agent.add AGT-001 name="Alice Tan" email=alice@example.test role=supervisor
then only agent.added AGT-001 name="Alice Tan" role=supervisor status=active
when agent.add AGT-001 name=Bob
then refused agent.add.already_exists agent_id=AGT-001
