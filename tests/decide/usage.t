# Usage: accepted, rated and debited in one step.

test each kind of usage pays from its own allowance
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_S msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"},{"allowance_type":"voice","quantity":10,"unit":"minutes"},{"allowance_type":"sms","quantity":-1,"unit":"count"},{"allowance_type":"data_roaming","quantity":50,"unit":"mb"}]
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:59:00Z quantity=30 unit=mb reference=CDR-1 source=pgw
then only usage.rated SUB-0001 usage_event_id=UE-000001 allowance_type=data consumed_quantity=30 unserved=0 consumed=30 total=100 offering_id=PLAN_S reference=CDR-1
then made UE-000001
when usage.record msisdn=90000000 event_type=voice_minutes event_time=2026-02-15T08:59:00Z quantity=3 unit=minutes
then only usage.rated allowance_type=voice consumed=3 total=10
when usage.record msisdn=90000000 event_type=sms event_time=2026-02-15T08:59:00Z quantity=5 unit=count
then only usage.rated allowance_type=sms consumed=5 total=-1
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:59:00Z quantity=20 unit=mb roaming_indicator=true
then only usage.rated allowance_type=data_roaming consumed=20 total=50
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:59:00Z quantity=30 unit=mb subscription_id=SUB-0001
then only usage.rated allowance_type=data consumed=60

test a record larger than what is left consumes what is left and says what was not served
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"},{"allowance_type":"voice","quantity":10,"unit":"minutes"}]
when usage.record msisdn=90000000 event_type=voice event_time=2026-02-15T09:00:00Z quantity=15 unit=minutes
then only usage.rated consumed_quantity=10 unserved=5 consumed=10
when usage.record msisdn=90000000 event_type=voice event_time=2026-02-15T09:00:00Z quantity=1 unit=minutes
then usage.rejected SUB-0001 reason=subscription.usage_rated.balance_required state=active
then refused subscription.usage_rated.balance_required usage_event_id=UE-000002
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=150 unit=mb
then usage.rated consumed_quantity=100 unserved=50
then subscription.exhausted SUB-0001 triggering_usage_event_id=UE-000003
then subscription.blocked reason=exhausted
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=1 unit=mb
then usage.rejected SUB-0001 reason=usage.record.subscription_must_be_active state=blocked
then refused usage.record.subscription_must_be_active state=blocked

test roaming never blocks the line and never touches home data
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"},{"allowance_type":"data_roaming","quantity":0,"unit":"mb"}]
given subscription SUB-0002 subscription.activated customer_id=CUST-1 msisdn=90000001 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when usage.simulate msisdn=90000000 event_type=data quantity=5 roaming_indicator=true
then only usage.rejected SUB-0001 reason=subscription.usage_rated.roaming_balance_required
when usage.simulate msisdn=90000001 event_type=data quantity=5 roaming_indicator=true
then only usage.rejected SUB-0002 reason=rating.no_roaming_allowance
when usage.record msisdn=90000001 event_type=data event_time=2026-02-15T09:00:00Z quantity=5 unit=mb roaming_indicator=true
then refused rating.no_roaming_allowance
when usage.record msisdn=90000001 event_type=sms event_time=2026-02-15T09:00:00Z quantity=5 unit=count
then refused rating.no_allowance

test a reference seen before gets the first result, debited once
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=30 unit=mb reference=CDR-1
then only usage.rated usage_event_id=UE-000001 consumed=30
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=30 unit=mb reference=CDR-1
then nothing
then made UE-000001
when usage.record msisdn=80000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=30 unit=mb reference=CDR-2
then usage.unidentified 80000000 reason=usage.record.subscription_must_exist reference=CDR-2
then refused usage.record.subscription_must_exist
when usage.record msisdn=80000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=30 unit=mb reference=CDR-2
then refused usage.record.subscription_must_exist usage_event_id=UE-000002 reference=CDR-2

test a record outside of the window is refused, so that a repeat is always recognised
given clock 2026-02-15T09:00:00Z
given config BSS_USAGE_DEDUP_WINDOW=3600
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T07:59:59Z quantity=1 unit=mb reference=CDR-1
then refused usage.record.within_window
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T10:00:01Z quantity=1 unit=mb reference=CDR-1
then refused usage.record.within_window
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:00:00Z quantity=1 unit=mb reference=CDR-1
then usage.rated
given config BSS_USAGE_DEDUP_MAX=1
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:30:00Z quantity=1 unit=mb reference=CDR-2
then refused usage.record.memory

test a full memory refuses what it would have to remember, nothing else, and only until it has forgotten
given clock 2026-02-15T09:00:00Z
given config BSS_USAGE_DEDUP_WINDOW=3600
given config BSS_USAGE_DEDUP_MAX=1
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:30:00Z quantity=1 unit=mb reference=CDR-1
then only usage.rated consumed=1
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:30:00Z quantity=1 unit=mb reference=CDR-2
then refused usage.record.memory
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:30:00Z quantity=1 unit=mb reference=CDR-1
then nothing
then made UE-000001
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:30:00Z quantity=1 unit=mb
then only usage.rated consumed=2
given clock 2026-02-15T12:00:00Z
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T11:30:00Z quantity=1 unit=mb reference=CDR-3
then only usage.rated consumed=3
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:30:00Z quantity=1 unit=mb reference=CDR-1
then refused usage.record.within_window

test a clock that is set back still forgets what grows old
given clock 2027-02-15T09:00:00Z
given config BSS_USAGE_DEDUP_WINDOW=3600
given config BSS_USAGE_DEDUP_MAX=1
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when usage.simulate msisdn=90000000 quantity=1
then only usage.rated
given clock 2026-02-15T09:00:00Z
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T08:30:00Z quantity=1 unit=mb reference=CDR-1
then only usage.rated consumed=2
given clock 2026-02-15T12:00:00Z
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T11:30:00Z quantity=1 unit=mb reference=CDR-2
then only usage.rated consumed=3

test a record that no balance can pay alone is shared: passes first, then the period's
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given subscription SUB-0001 subscription.vas_purchased purchase_id=P1 allowance_type=data allowance_added=50 unit=mb expires_at=2026-03-01T00:00:00Z ; subscription.vas_purchased purchase_id=P2 allowance_type=data allowance_added=30 unit=mb expires_at=2026-03-01T00:00:00Z
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=120 unit=mb
then only usage.rated consumed_quantity=120 unserved=0 purchase_id=P1 consumed=50 total=50 also=[{"purchase_id":"P2","consumed_quantity":30,"consumed":30,"total":30},{"purchase_id":null,"consumed_quantity":40,"consumed":40,"total":100}]
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=10 unit=mb
then only usage.rated consumed_quantity=10 unserved=0 consumed=50 total=100 also=[]
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=60 unit=mb
then usage.rated consumed_quantity=50 unserved=10 consumed=100
then subscription.exhausted consumed=100 total=100
then subscription.blocked reason=exhausted

test quantities without end stop at the largest number
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":9007199254740991,"unit":"mb"},{"allowance_type":"voice","quantity":-1,"unit":"minutes"}]
given subscription SUB-0001 subscription.vas_purchased purchase_id=P1 allowance_type=data allowance_added=9223372036854775807 unit=mb
when usage.simulate msisdn=90000000 event_type=voice quantity=9223372036854775807
then only usage.rated consumed=9223372036854775807
when usage.simulate msisdn=90000000 event_type=voice quantity=9223372036854775807
then only usage.rated consumed=9223372036854775807 consumed_quantity=9223372036854775807
when usage.simulate msisdn=90000000 event_type=data quantity=9
then only usage.rated consumed=9 total=9223372036854775807

test what is no usage record at all leaves no trace
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=-5 unit=mb
then refused usage.record.positive_quantity quantity=-5
when usage.record msisdn=90000000 event_type=fax event_time=2026-02-15T09:00:00Z quantity=5 unit=mb
then refused usage.record.valid_event_type event_type=fax
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=5 unit=gb
then refused usage.record.valid_unit unit=gb expected_unit=mb
when usage.record msisdn=90000000 event_type=data event_time=2026-02-15T09:00:00Z quantity=5 unit=mb subscription_id=SUB-0009
then usage.rejected SUB-0001
then refused usage.record.msisdn_belongs_to_subscription
when usage.simulate msisdn=80000000
then only usage.unidentified 80000000 reason=usage.record.subscription_must_exist

test usage documents and specifications over TMF635
when usage.receive document={"usageSpecification":{"id":"x"}}
then only usage.received UE-000001 status=received
when usage.remove UE-000001
then only usage.removed
when usage.remove UE-000001
then refused usage.not_found
when usage_specification.add usage_specification_id=US-1 name=Data document={"description":"x"}
then only usage_specification.added US-1 name=Data
when usage_specification.add usage_specification_id=US-1 name=Data
then refused usage_specification.already_exists
when usage_specification.update US-1 name=More document={"description":"y"}
then only usage_specification.updated name=More
when usage_specification.remove US-1
then only usage_specification.removed
when usage_specification.remove US-1
then refused usage_specification.not_found
