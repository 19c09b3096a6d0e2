# Numbers, eSIMs, lines, their usage.

test the pool
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3 inserted=3
given msisdn 90000001 inventory.msisdn.reserved reserved_for=ORD-1 customer_id=CUST-1 reserved_until=2026-02-16T00:00:00Z ; inventory.msisdn.assigned subscription_id=SUB-1 customer_id=CUST-1
when inventory.msisdn.get 90000001
then answer status=assigned assigned_to_subscription_id=SUB-1 reserved_at=2026*
when inventory.msisdn.list_available
then answer length=2 0.msisdn=90000000
when inventory.msisdn.count
then answer available=2 assigned=1 total=3 prefix=null
given msisdn 90000001 inventory.msisdn.released status=quarantine quarantine_until=2026-05-16T00:00:00Z
then row inventory.msisdn 90000001 status=quarantine reserved_for= assigned_to_subscription_id=
given msisdn 90000001 inventory.msisdn.quarantine_ended
then row inventory.msisdn 90000001 status=available quarantine_until=
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=5 inserted=2
when inventory.msisdn.count prefix=9000
then answer total=5

test an eSIM's way
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525","activation_code":"LPA:1$x$y","smdp_server":"x","matching_id":"y"}]
given esim 8910 inventory.esim.reserved reserved_for=ORD-1
then row inventory.esim 8910 profile_state=reserved
given esim 8910 inventory.esim.released reason=x
then row inventory.esim 8910 profile_state=available reserved_for=
given esim 8910 inventory.esim.reserved reserved_for=ORD-2 ; inventory.esim.msisdn_bound msisdn=90000001 ; inventory.esim.msisdn_bound msisdn=90000001 subscription_id=SUB-1 ; inventory.esim.downloaded ; inventory.esim.activated ; inventory.esim.suspended
then row inventory.esim 8910 profile_state=suspended assigned_msisdn=90000001 assigned_to_subscription_id=SUB-1 downloaded_at=2026*
given esim 8910 inventory.esim.recycled reason=x
when inventory.esim.get 8910
then answer profile_state=recycled imsi=525
when inventory.esim.get_activation 8910
then answer activation_code=LPA:1$x$y imsi=525 matching_id=y
when inventory.esim.list_available status=any
then answer length=1
when inventory.esim.get 1
then missing esim.not_found

test a line, as it is ordered and used
given clock 2026-02-15T09:00:00Z
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525","activation_code":"LPA:1$x$y"}]
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_M order_id=ORD-1 msisdn=90000001 iccid=8910 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="25.00 SGD" price_id=P_M allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"},{"allowance_type":"sms","quantity":-1,"unit":"count"}]
when subscription.get SUB-0001
then answer state=active stateReason=activation_payment_approved priceAmount=25.00 effectiveAmount=25.00 nextRenewalAt=2026-03-17T09:00:00Z pendingOfferingId=null discountPeriodsRemaining=0 atType=Subscription
then answer balances.0.id=SUB-0001-DATA balances.0.remaining=100 balances.1.remaining=-1 balances.0.periodEnd=2026-03-17T09:00:00Z
given subscription SUB-0001 usage.rated usage_event_id=UE-000001 msisdn=90000001 event_type=data event_time=2026-02-15T10:00:00Z quantity=60 unit=mb allowance_type=data consumed_quantity=60 consumed=60 total=100 offering_id=PLAN_M reference=r1
given subscription SUB-0001 usage.rated usage_event_id=UE-000002 msisdn=90000001 event_type=sms event_time=2026-02-15T11:00:00Z quantity=1 unit=count allowance_type=sms consumed_quantity=1 consumed=1 total=-1 offering_id=PLAN_M
when subscription.get_balance SUB-0001
then answer 0.consumed=60 0.remaining=40 1.consumed=1 1.remaining=-1
when usage.history subscription_id=SUB-0001
then answer length=2 0.id=UE-000002 1.eventTime=2026-02-15T10:00:00Z 1.rawCdrRef=r1 1.processed=true 1.@type=Usage
when usage.history msisdn=90000001 since=2026-02-15T10:30:00Z
then answer length=1
when usage.get UE-000001
then answer quantity=60
then tmf mediation.usage UE-000001 usageDate=2026-02-15T10:00:00.000Z status=rated usageSpecification.id=data relatedParty.0.id=CUST-1
given subscription SUB-0001 subscription.blocked reason=exhausted
then row subscription.subscription SUB-0001 state=blocked state_reason=primary_allowance_exhausted
given subscription SUB-0001 subscription.vas_purchased purchase_id=V-1 vas_offering_id=VAS allowance_type=data allowance_added=1024 unit=mb ; subscription.unblocked reason=vas_top_up
given subscription SUB-0001 subscription.vas_purchased purchase_id=V-2 vas_offering_id=DAY allowance_type=data allowance_added=-1 unit=mb expires_at=2026-02-16T09:00:00Z
given subscription SUB-0001 usage.rated usage_event_id=UE-000008 msisdn=90000001 event_type=data quantity=5 unit=mb allowance_type=data consumed_quantity=5 consumed=3 total=-1 purchase_id=V-2 also=[{"consumed_quantity":2,"consumed":62,"total":1124}]
when subscription.get SUB-0001
then answer balances.0.consumed=62 balances.2.consumed=3
given subscription SUB-0001 usage.rated usage_event_id=UE-000007 msisdn=90000001 event_type=data quantity=0 unit=mb allowance_type=data consumed=60 total=1124
when subscription.get_by_msisdn 90000001
then answer state=active balances.0.total=1124 balances.2.id=V-2 balances.2.remaining=-1 balances.2.periodEnd=2026-02-16T09:00:00Z
then row subscription.vas_purchase V-1 allowance_added=1024
given subscription SUB-0001 usage.rated usage_event_id=UE-000003 allowance_type=data consumed_quantity=5 consumed=5 total=-1 purchase_id=V-2
then result subscription.subscription SUB-0001 balances.2.consumed=5 balances.0.consumed=60
given subscription SUB-0001 subscription.vas_expired purchase_id=V-2 allowance_type=data ; subscription.renewed offering_id=PLAN_M period_start=2026-03-17T09:00:00Z period_end=2026-04-16T09:00:00Z price="25.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
then result subscription.subscription SUB-0001 balances.length=1 balances.0.consumed=0 balances.0.total=100 currentPeriodStart=2026-03-17T09:00:00Z stateReason=renewal_payment_approved
when subscription.get_esim_activation SUB-0001
then answer activationCode=LPA:1$x$y imsi=525 subscriptionId=SUB-0001
when subscription.list_for_customer CUST-1
then answer length=1
given subscription SUB-0001 subscription.terminated reason=customer_requested terminated_at=2026-03-20T00:00:00Z
then row subscription.subscription SUB-0001 state=terminated state_reason=customer_requested next_renewal_at=
when subscription.get_by_msisdn 90000001
then missing subscription.not_found
given subscription SUB-0001 subscription.removed reason=reset
then gone subscription.subscription SUB-0001
then gone subscription.vas_purchase V-1
then gone mediation.usage UE-000001

test a declined renewal blocks, renewing opens
given subscription SUB-1 subscription.activated customer_id=CUST-1 msisdn=1 price="1.00 SGD" ; subscription.blocked reason=renew_failed
then row subscription.subscription SUB-1 state_reason=renewal_payment_declined
given subscription SUB-1 subscription.unblocked reason=renewed
then row subscription.subscription SUB-1 state=active state_reason=renewal_payment_approved
given subscription SUB-2 subscription.activated customer_id=CUST-1 msisdn=2 price="1.00 SGD" ; subscription.blocked reason=exhausted ; subscription.renew_failed reason=payment_declined
then row subscription.subscription SUB-2 state=blocked state_reason=renewal_payment_declined

test usage that TMF635 registers without a number
given usage UE-000009 usage.received status=received document={"usageSpecification":{"id":"u1"},"description":"d"}
then tmf mediation.usage UE-000009 id=UE-000009 status=received usageSpecification.id=u1 description=d @type=Usage
given usage UE-000009 usage.removed reason=x
then gone mediation.usage UE-000009
given usage_specification USPEC-1 usage_specification.added name=Voice document={"description":"d"} ; usage_specification.updated name=Data
then tmf mediation.usage_specification USPEC-1 name=Data description=d
given usage_specification USPEC-1 usage_specification.removed
then gone mediation.usage_specification USPEC-1
