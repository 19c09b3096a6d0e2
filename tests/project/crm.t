# Customers: who they are, how to reach them, what was said.

test a customer is shown as operations and as TMF629 show it
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created given_name=Ada family_name=Lim status=active date_of_birth=1990-01-31 contact_media=[{"id":"CM-1","medium_type":"email","value":"Ada@Example.org","is_primary":true}]
then row crm.customer CUST-1 name="Ada Lim" status=active kyc_status=not_verified emails=ada@example.org scenario=false
then result crm.customer CUST-1 id=CUST-1 href=/tmf-api/customerManagement/v4/customer/CUST-1 status=active kycStatus=not_verified customerSince=2026-02-15T09:00:01Z
then result crm.customer CUST-1 individual.givenName=Ada individual.dateOfBirth=1990-01-31 contactMedium.0.value=Ada@Example.org contactMedium.0.validTo=null @type=Customer
then tmf crm.customer CUST-1 id=CUST-1 name="Ada Lim" engagedParty.id=CUST-1 engagedParty.@referredType=Individual @type=Customer contactMedium.0.characteristic.emailAddress=Ada@Example.org validFor.startDateTime=2026-02-15T09:00:01.000Z
when customer.find_by_email ADA@example.ORG
then answer id=CUST-1
when customer.find_by_email nobody@example.org
then missing customer.not_found

test what a TMF body says beyond what we interpret is kept and echoed
given customer CUST-2 customer.created status=pending name=Acme document={"engagedParty":{"id":"P-7","@referredType":"Organization"},"characteristic":[{"name":"size","value":"big"}]}
then tmf crm.customer CUST-2 name=Acme status=pending engagedParty.id=P-7 characteristic.0.value=big @type=Customer
given customer CUST-2 customer.updated name="Acme Ltd" status=active document={"characteristic":[]} fields_updated=name,status
then tmf crm.customer CUST-2 name="Acme Ltd" status=active engagedParty.id=CUST-2 characteristic.length=0

test media come, change and go
given customer CUST-1 customer.created given_name=Ada family_name=Lim status=active
given customer CUST-1 customer.contact_medium_added contact_medium_id=CM-2 medium_type=email value=a@b.c ; customer.contact_medium_added contact_medium_id=CM-3 medium_type=mobile value=+6590000000
then row crm.customer CUST-1 emails=a@b.c
given customer CUST-1 customer.contact_medium_updated contact_medium_id=CM-3 medium_type=mobile value=+6591111111
then result crm.customer CUST-1 contactMedium.1.value=+6591111111
then tmf crm.customer CUST-1 contactMedium.1.characteristic.phoneNumber=+6591111111
given customer CUST-1 customer.contact_medium_removed contact_medium_id=CM-2 medium_type=email
then row crm.customer CUST-1 emails=
then result crm.customer CUST-1 contactMedium.length=1 contactMedium.0.id=CM-3

test names, identity and interactions
given customer CUST-1 customer.created given_name=Ada family_name=Lim status=active
given customer CUST-1 customer.individual_updated given_name=Ada family_name=Tan fields=family_name ; customer.kyc_attested provider=prebaked provider_reference=R-1 kyc_status=verified
given customer CUST-1 interaction.logged interaction_id=INT-1 channel=phone direction=inbound summary="asked for the bill" ; interaction.logged interaction_id=INT-2 channel=chat direction=outbound summary=answered
then row crm.customer CUST-1 name="Ada Tan"
when customer.get_kyc_status CUST-1
then answer kyc_status=verified kyc_verification_method=prebaked kyc_reference=R-1
when customer.get_kyc_status CUST-9
then missing customer.kyc.not_found
when interaction.list CUST-1
then answer 0.id=INT-2 1.summary="asked for the bill" 1.relatedCaseId=null 1.@type=Interaction length=2
when interaction.list CUST-1 limit=1
then answer length=1 0.id=INT-2

test the card of a customer has lines, interactions and cards on file
given customer CUST-1 customer.created given_name=Ada family_name=Lim status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 type=card brand=visa last4=4242 token=tok_a token_provider=mock exp_month=12 exp_year=2030 is_default=true
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_S msisdn=90000001 price="10.00 SGD"
given customer CUST-1 interaction.logged interaction_id=INT-1 summary=x direction=inbound
when customer.get CUST-1
then answer id=CUST-1 _extras.subscriptions.0.id=SUB-0001 _extras.cases.length=0 _extras.interactions.0.id=INT-1 paymentMethods.0.id=PM-0001 paymentMethods.0.providerToken=null
when customer.find_by_msisdn 90000001
then answer id=CUST-1
when customer.list name_contains=lim
then answer length=1
when customer.list state=closed
then answer length=0

test a reset takes the customer and what was said
given scenario
given customer CUST-1 customer.created given_name=Ada family_name=Lim status=active ; interaction.logged interaction_id=INT-1 summary=x
then row crm.customer CUST-1 scenario=true
given customer CUST-1 customer.removed reason=reset
then gone crm.customer CUST-1
then gone crm.interaction INT-1

test another tenant sees nothing
given customer CUST-1 customer.created given_name=Ada family_name=Lim status=active
given tenant acme
then gone crm.customer CUST-1
when customer.list
then answer length=0

test people who work on cases
given agent AGT-001 agent.added name="Alice Tan" email=alice@bss-cli.local role=csr status=active
when agents.list state=active
then answer 0.id=AGT-001 0.role=csr

test an erased person reads erased
given customer CUST-1 customer.created given_name=erased family_name=erased name=erased status=active contact_media=[{"id":"CM-1","medium_type":"email","value":"erased"}]
then result crm.customer CUST-1 name=erased individual.givenName=erased contactMedium.0.value=erased
then tmf crm.customer CUST-1 name=erased engagedParty.id=CUST-1
