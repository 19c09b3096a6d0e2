# Status, attributes, closing, removing.

test a status is said with its reason
given customer CUST-1 customer.created name=Ada status=active
when customer.update CUST-1 status=suspended status_reason="asked for it"
then only customer.updated status=suspended status_reason="asked for it" fields_updated=status,status_reason
then interaction.logged summary="Customer updated: status, status_reason"

test a reason is taken back
given customer CUST-1 customer.created name=Ada status=active
given customer CUST-1 customer.updated status_reason=why fields_updated=status_reason
when customer.update CUST-1 cleared=status_reason
then customer.updated fields_updated=status_reason

test nothing given, nothing done
given customer CUST-1 customer.created name=Ada status=active
when customer.update CUST-1
then nothing

test attributes are merged as RFC 7396 says
given customer CUST-1 customer.created name=Ada status=active document={"a":1,"b":{"c":2,"d":3}}
when customer.update CUST-1 name="Ada L." document={"a":null,"b":{"c":4}}
then customer.updated name="Ada L." document={"b":{"c":4,"d":3}}
when customer.update CUST-1 document={"e":5}
then customer.updated document={"b":{"c":4,"d":3},"e":5}

test an unknown customer
when customer.update CUST-9 status=active
then refused customer.update.not_found customer_id=CUST-9

test a customer with a line stays active
given customer CUST-1 customer.created name=Ada status=active
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_M msisdn=90000001
when customer.update CUST-1 status=suspended
then refused customer.close.no_active_subscriptions customer_id=CUST-1 active_subscriptions=["SUB-0001"]

test a customer with a line may be updated otherwise
given customer CUST-1 customer.created name=Ada status=active
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_M msisdn=90000001
when customer.update CUST-1 status=active name="Ada Lim"
then customer.updated name="Ada Lim"

test closing
given customer CUST-1 customer.created name=Ada status=active
when customer.close CUST-1 reason=moved
then only customer.updated status=closed status_reason=moved
then interaction.logged summary="Customer closed"
when customer.close CUST-1
then nothing

test closing an unknown customer
when customer.close CUST-9
then refused customer.update.not_found

test a blocked line is a line
given customer CUST-1 customer.created name=Ada status=active
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_M msisdn=90000001; \
	subscription.blocked customer_id=CUST-1 reason=exhausted
when customer.close CUST-1
then refused customer.close.no_active_subscriptions customer_id=CUST-1 active_subscriptions=["SUB-0001"]

test a line that has ended is none
given customer CUST-1 customer.created name=Ada status=active
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_M msisdn=90000001; \
	subscription.terminated customer_id=CUST-1 reason=customer_requested
when customer.close CUST-1
then customer.updated status=closed

test removing frees address and document
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
when customer.attest_kyc CUST-1 provider=prebaked document_number=S1234567D attestation_payload={"signature":"x"}
then customer.kyc_attested
when customer.remove CUST-1
then only customer.removed CUST-1 reason=reset
when customer.create name=Bob email=ada@example.test
then customer.created
when customer.attest_kyc $id provider=prebaked document_number=S1234567D attestation_payload={"signature":"x"}
then customer.kyc_attested

test removing whom nobody knows
when customer.remove CUST-9
then refused customer.remove.not_found

# its id is its place in the log, stirred: the world keeps none of them, so a random one could be given twice
test an interaction
given caller actor=alice channel=portal-csr
given customer CUST-1 customer.created name=Ada status=active
when interaction.log CUST-1 summary="Asked about roaming" body="At length" direction=outbound agent_id=AGT-001
then only interaction.logged CUST-1 interaction_id=INT-d4fa0c2c channel=portal-csr direction=outbound \
	summary="Asked about roaming" body="At length" agent_id=AGT-001
then made INT-*

test an interaction with nobody
when interaction.log CUST-9 summary="Wrong number"
then refused interaction.log.customer_not_found
