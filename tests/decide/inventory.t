# The number pool and the eSIM pool.

test a range is added once; what is there is skipped
when inventory.msisdn.add_range prefix=9000 count=10
then only inventory.msisdn.range_added 9000 prefix=9000 count=10 inserted=10 skipped=0 first=90000000 last=90000009
when inventory.msisdn.add_range prefix=9000 count=12
then only inventory.msisdn.range_added 9000 inserted=2 skipped=10

test a prefix is digits, four to seven of them, and a range has one to ten thousand numbers
when inventory.msisdn.add_range prefix=90a0 count=10
then refused msisdn.add_range.sane_prefix prefix=90a0
when inventory.msisdn.add_range prefix=900 count=10
then refused msisdn.add_range.sane_prefix length=3
when inventory.msisdn.add_range prefix=90000000 count=10
then refused msisdn.add_range.sane_prefix length=8
when inventory.msisdn.add_range prefix=9000 count=10001
then refused msisdn.add_range.sane_prefix count=10001
when inventory.msisdn.add_range prefix=9000 count=-1
then refused msisdn.add_range.sane_prefix count=-1

test a number is reserved once
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
when inventory.msisdn.reserve 90000001
then only inventory.msisdn.reserved 90000001
when inventory.msisdn.reserve 90000001
then refused msisdn.reserve.status_must_be_available msisdn=90000001
when inventory.msisdn.reserve 80000001
then refused msisdn.reserve.status_must_be_available msisdn=80000001

test the lowest free number, the preferred one, and none
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
when inventory.msisdn.reserve_next preference=90000001
then inventory.msisdn.reserved 90000001
then made 90000001
when inventory.msisdn.reserve_next
then inventory.msisdn.reserved 90000000
when inventory.msisdn.reserve_next preference=90000001
then refused msisdn.reserve.no_available preference=90000001
when inventory.msisdn.reserve_next
then refused msisdn.reserve.no_available

test a low pool is told of once, and again after it was filled up
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=2
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=4
when inventory.msisdn.reserve_next
then only inventory.msisdn.reserved
when inventory.msisdn.reserve_next
then inventory.msisdn.reserved
then inventory.msisdn.pool_low DEFAULT available=2 threshold=2
when inventory.msisdn.reserve_next
then only inventory.msisdn.reserved
when inventory.msisdn.add_range prefix=9001 count=2
then inventory.msisdn.range_added
when inventory.msisdn.reserve_next
then inventory.msisdn.reserved
then inventory.msisdn.pool_low available=2

test a hold ends at its time; its holder may take it, nobody else
given clock 2026-02-15T09:00:00Z
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
when inventory.msisdn.hold 90000000 reserved_for=OO-1 ttl_seconds=3600
then only inventory.msisdn.reserved 90000000 reserved_for=OO-1 reserved_until=2026-02-15T10:00:00Z
when inventory.msisdn.hold 90000000 reserved_for=OO-2
then refused msisdn.hold.unavailable msisdn=90000000
when inventory.msisdn.hold 90000000 reserved_for=OO-1 ttl_seconds=-5
then refused msisdn.hold.sane_length ttl_seconds=-5
when inventory.msisdn.hold 90000000 reserved_for=OO-1 ttl_seconds=9007199254740991
then refused msisdn.hold.sane_length
when inventory.msisdn.reserve_next preference=90000000 reserved_for=OO-2
then refused msisdn.reserve.no_available
when timers
then nothing
given clock 2026-02-15T10:00:01Z
when timers
then only inventory.msisdn.released 90000000 status=available

test a number is assigned from a reservation, and coming back may have to rest
given clock 2026-02-15T09:00:00Z
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=60
when inventory.msisdn.assign 80000000 subscription_id=SUB-0001
then refused msisdn.assign.not_found msisdn=80000000
when inventory.msisdn.assign 90000000 subscription_id=SUB-0001
then refused msisdn.assign.must_be_reserved msisdn=90000000 status=available
given msisdn 90000000 inventory.msisdn.reserved
when inventory.msisdn.assign 90000000 subscription_id=SUB-0001
then only inventory.msisdn.assigned 90000000 subscription_id=SUB-0001
when inventory.msisdn.assign 90000000 subscription_id=SUB-0001
then nothing
when inventory.msisdn.release 90000000 quarantine=true
then only inventory.msisdn.released status=quarantine quarantine_until=2026-05-16T09:00:00Z
when inventory.msisdn.release 90000000
then refused msisdn.release.only_if_reserved_or_assigned status=quarantine
given clock 2026-05-16T09:00:00Z
when timers
then only inventory.msisdn.quarantine_ended 90000000
when inventory.msisdn.end_quarantine 90000000
then refused msisdn.end_quarantine.only_if_quarantined
when inventory.msisdn.expire_hold 90000000
then refused msisdn.expire_hold.only_if_held
when inventory.msisdn.release 80000000
then refused msisdn.release.not_found

test a number of a live line does not come back by hand
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=60
given msisdn 90000000 inventory.msisdn.reserved ; inventory.msisdn.assigned subscription_id=SUB-0001
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000
when inventory.msisdn.release 90000000
then refused msisdn.release.not_of_a_live_line subscription_id=SUB-0001

test eSIM profiles are added, reserved, tied to a number and given back
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
when inventory.esim.reserve
then refused esim.reserve.status_must_be_available
when inventory.esim.add_batch count=0
then refused esim.add_batch.sane_count
when inventory.esim.add_batch count=1 iccid_prefix=89x
then refused esim.add_batch.sane_count
when inventory.esim.add_batch count=2
then only inventory.esim.batch_added DEFAULT
when inventory.esim.reserve reserved_for=ORD-0001
then only inventory.esim.reserved 8910101000000000000 reserved_for=ORD-0001
then made 8910101000000000000
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
when inventory.esim.assign_msisdn 8910101000000000000 msisdn=80000000
then refused esim.assign_msisdn.msisdn_not_found
when inventory.esim.assign_msisdn 8910101000000000000 msisdn=90000000
then refused esim.assign_msisdn.msisdn_must_be_reserved status=available
given msisdn 90000000 inventory.msisdn.reserved
when inventory.esim.assign_msisdn 8910101000000000001 msisdn=90000000
then refused esim.assign_msisdn.esim_must_be_reserved state=available
when inventory.esim.assign_msisdn 8910101000000000000 msisdn=90000000
then only inventory.esim.msisdn_bound msisdn=90000000
when inventory.esim.release 8910101000000000000
then only inventory.esim.released
when inventory.esim.release 8999999
then refused esim.not_found iccid=8999999

test an eSIM goes its way once
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
given esim 8910 inventory.esim.reserved
when inventory.esim.mark_activated 8910
then refused esim.transition.invalid state=reserved trigger=mark_activated
when inventory.esim.mark_downloaded 8910
then only inventory.esim.downloaded 8910
when inventory.esim.mark_activated 8910
then only inventory.esim.activated
when inventory.esim.suspend 8910
then only inventory.esim.suspended
when inventory.esim.mark_activated 8910
then only inventory.esim.activated
when inventory.esim.recycle 8910 reason=lost
then only inventory.esim.recycled reason=lost
when inventory.esim.recycle 8910
then refused esim.transition.invalid state=recycled

test an eSIM of a live line is not retired by hand
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
given esim 8910 inventory.esim.reserved ; inventory.esim.msisdn_bound msisdn=90000000 subscription_id=SUB-0001
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000
when inventory.esim.recycle 8910
then refused esim.release.not_of_a_live_line subscription_id=SUB-0001
