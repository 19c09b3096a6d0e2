# Signing a customer up.

test the name is split, the address and the number become contact media, an interaction is left
given caller actor=alice channel=portal-csr
when customer.create name="Ada Lim" email=" Ada@Example.test " phone=91234567
then only customer.created given_name=Ada family_name=Lim name="Ada Lim" status=active
then interaction.logged channel=portal-csr direction=inbound summary="Customer created: Ada Lim"
then made CUST-*

test a single name is a given name
when customer.create name=Ada email=ada@example.test
then customer.created given_name=Ada family_name= name=Ada

test two given parts make the display name
when customer.create given_name=Ada family_name="van Lim" email=ada@example.test date_of_birth=1990-01-31
then customer.created given_name=Ada family_name="van Lim" name="Ada van Lim" date_of_birth=1990-01-31

test an address that is given twice is kept once
when customer.create name=Ada email=ada@example.test contact_media=[{"medium_type":"email","value":"ADA@example.test"}]
then customer.created
when customer.remove_contact_medium $id CM-00000000
then refused customer.contact.medium_not_found

test nobody without a way to be reached
when customer.create name="Ada Lim"
then refused customer.create.requires_contact_medium

test blanks are no way to be reached
when customer.create name="Ada Lim" email="  "
then refused customer.create.requires_contact_medium

test a body of TMF629 without a contact waits, as what its name says
when customer.create name="Acme Pte Ltd" document={"name":"Acme Pte Ltd","characteristic":[]}
then only customer.created status=pending name="Acme Pte Ltd" given_name= family_name= document={"name":"Acme*
then interaction.logged

test the first contact makes a pending customer active
given customer CUST-1 customer.created name="Acme Pte Ltd" status=pending document={"name":"Acme"}
when customer.add_contact_medium CUST-1 medium_type=phone value=61234567
then only customer.contact_medium_added CUST-1 medium_type=phone value=61234567
then interaction.logged summary="Contact medium added: phone"
then customer.updated status=active fields_updated=status

test an address belongs to one customer, whatever its case and blanks
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
when customer.create name=Bob email=" ADA@Example.TEST"
then refused customer.create.email_unique email=ADA@Example.TEST

test an address in the list counts too
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
when customer.create name=Bob phone=91234567 contact_media=[{"medium_type":"Email","value":"ada@example.test"}]
then refused customer.create.email_unique

test a phone number may be shared
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"mobile","value":"91234567"}]
when customer.create name=Bob phone=91234567
then customer.created

test a removed address is free again
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]; \
	customer.contact_medium_removed contact_medium_id=CM-1 medium_type=email
when customer.create name=Bob email=ada@example.test
then customer.created

test a removed customer leaves the address behind
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]; customer.removed reason=reset
when customer.create name=Bob email=ada@example.test
then customer.created

test nobody without a name
when customer.create email=ada@example.test
then refused customer.create.requires_name

test sixteen contact media are enough
when customer.create name=Ada email=ada@example.test phone=91234567 contact_media=[\
	{"medium_type":"phone","value":"1"},{"medium_type":"phone","value":"2"},{"medium_type":"phone","value":"3"},\
	{"medium_type":"phone","value":"4"},{"medium_type":"phone","value":"5"},{"medium_type":"phone","value":"6"},\
	{"medium_type":"phone","value":"7"},{"medium_type":"phone","value":"8"},{"medium_type":"phone","value":"9"},\
	{"medium_type":"phone","value":"10"},{"medium_type":"phone","value":"11"},{"medium_type":"phone","value":"12"},\
	{"medium_type":"phone","value":"13"},{"medium_type":"phone","value":"14"},{"medium_type":"phone","value":"15"}]
then refused customer.contact.at_most_n_media at_most=16

test a dry run changes nothing
when customer.create name=Ada email=ada@example.test dry_run
then customer.created
when customer.create name=Bob email=ada@example.test
then customer.created

test a repeat under the same key makes no second customer
when customer.create name=Ada email=ada@example.test key=K1
then customer.created
when customer.create name=Ada email=ada@example.test key=K1
then repeat
then nothing

test a key is good for one request
when customer.create name=Ada email=ada@example.test key=K1
then customer.created
when customer.create name=Bob email=bob@example.test key=K1
then refused idempotency_key.reused

test tenants do not see each other
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
given tenant acme
when customer.create name=Bob email=ada@example.test
then customer.created
