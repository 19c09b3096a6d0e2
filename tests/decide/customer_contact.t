# How a customer is reached, and what the customer is called.

test adding
given customer CUST-1 customer.created name=Ada status=active
when customer.add_contact_medium CUST-1 medium_type=email value=" ada@example.test " is_primary=true
then only customer.contact_medium_added CUST-1 contact_medium_id=CM-* medium_type=email value=ada@example.test is_primary=true
then interaction.logged summary="Contact medium added: email"

test adding to nobody
when customer.add_contact_medium CUST-9 medium_type=phone value=1
then refused customer.contact.not_found customer_id=CUST-9

test adding an address that somebody has
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
given customer CUST-2 customer.created name=Bob status=active
when customer.add_contact_medium CUST-2 medium_type=email value=Ada@example.test
then refused customer.create.email_unique email=Ada@example.test

test what is no e-mail address
given customer CUST-1 customer.created name=Ada status=active
when customer.add_contact_medium CUST-1 medium_type=email value=x@
then refused customer.contact.valid_email email=x@
when customer.add_contact_medium CUST-1 medium_type=Email value="ada lim@example.test"
then refused customer.contact.valid_email
when customer.update_contact CUST-1 email=@example.test
then refused customer.contact.valid_email
when customer.update_contact CUST-1 email=ada@exa@mple.test
then refused customer.contact.valid_email
when customer.create name=Bob email=bob
then refused customer.contact.valid_email email=bob
when customer.create name=Bob contact_media=[{"medium_type":"email","value":"<bob@example.test>"}]
then refused customer.contact.valid_email
when customer.add_contact_medium CUST-1 medium_type=email value=ada@local
then customer.contact_medium_added value=ada@local
when customer.add_contact_medium CUST-1 medium_type=postal value="1 Example Road"
then customer.contact_medium_added value="1 Example Road"

test a seventeenth medium
given customer CUST-1 customer.created name=Ada status=active contact_media=[\
	{"medium_type":"phone","value":"1"},{"medium_type":"phone","value":"2"},{"medium_type":"phone","value":"3"},\
	{"medium_type":"phone","value":"4"},{"medium_type":"phone","value":"5"},{"medium_type":"phone","value":"6"},\
	{"medium_type":"phone","value":"7"},{"medium_type":"phone","value":"8"},{"medium_type":"phone","value":"9"},\
	{"medium_type":"phone","value":"10"},{"medium_type":"phone","value":"11"},{"medium_type":"phone","value":"12"},\
	{"medium_type":"phone","value":"13"},{"medium_type":"phone","value":"14"},{"medium_type":"phone","value":"15"},\
	{"medium_type":"phone","value":"16"}]
when customer.add_contact_medium CUST-1 medium_type=phone value=17
then refused customer.contact.at_most_n_media
when customer.update_contact CUST-1 email=ada@example.test
then refused customer.contact.at_most_n_media

test changing a number
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"mobile","value":"91234567"}]
when customer.change_contact_medium CUST-1 CM-1 value=98765432
then only customer.contact_medium_updated contact_medium_id=CM-1 medium_type=mobile value=98765432
then interaction.logged summary="Contact medium updated: mobile"

test changing with nobody
when customer.change_contact_medium CUST-9 CM-1 value=1
then refused customer.contact.not_found

test changing what is not the customer's
given customer CUST-1 customer.created name=Ada status=active
when customer.change_contact_medium CUST-1 CM-2 value=1
then refused customer.contact_medium.unknown customer_id=CUST-1 cm_id=CM-2

test an e-mail address has a flow of its own
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
when customer.change_contact_medium CUST-1 CM-1 value=ada@other.test
then refused customer.contact_medium.email_must_use_change_flow customer_id=CUST-1 cm_id=CM-1

test removing
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"mobile","value":"91234567"}]
when customer.remove_contact_medium CUST-1 CM-1
then only customer.contact_medium_removed contact_medium_id=CM-1 medium_type=mobile

test removing from nobody
when customer.remove_contact_medium CUST-9 CM-1
then refused customer.contact.not_found

test removing what is not the customer's
given customer CUST-1 customer.created name=Ada status=active
when customer.remove_contact_medium CUST-1 CM-2
then refused customer.contact.medium_not_found customer_id=CUST-1 cm_id=CM-2

test the only e-mail address stays
given customer CUST-1 customer.created name=Ada status=active contact_media=[\
	{"id":"CM-1","medium_type":"email","value":"ada@example.test"},{"id":"CM-2","medium_type":"mobile","value":"91234567"}]
when customer.remove_contact_medium CUST-1 CM-1
then refused customer.contact.not_last_email cm_id=CM-1
when customer.add_contact_medium CUST-1 medium_type=email value=ada@other.test
then customer.contact_medium_added
when customer.remove_contact_medium CUST-1 CM-1
then customer.contact_medium_removed
when customer.create name=Bob email=ada@example.test
then customer.created

test the operator sets address and number
given customer CUST-1 customer.created name=Ada status=active contact_media=[\
	{"id":"CM-1","medium_type":"email","value":"old@example.test"},\
	{"id":"CM-2","medium_type":"email","value":"ada@example.test","is_primary":true}]
when customer.update_contact CUST-1 email=new@example.test phone=91234567
then only customer.contact_medium_updated contact_medium_id=CM-2 value=new@example.test
then interaction.logged
then customer.contact_medium_added medium_type=mobile value=91234567 is_primary=true
then interaction.logged
when customer.create name=Bob email=ada@example.test
then customer.created
when customer.create name=Carol email=NEW@example.test
then refused customer.create.email_unique

test what is so already is not done again
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
when customer.update_contact CUST-1 email=ada@example.test
then nothing

test the operator sets an address that somebody has
given customer CUST-1 customer.created name=Ada status=active \
	contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
given customer CUST-2 customer.created name=Bob status=active \
	contact_media=[{"id":"CM-2","medium_type":"email","value":"bob@example.test"}]
when customer.update_contact CUST-2 email=ADA@example.test
then refused customer.create.email_unique

test the operator sets nothing
given customer CUST-1 customer.created name=Ada status=active
when customer.update_contact CUST-1
then refused customer.contact.update.no_fields

test the operator sets it for nobody
when customer.update_contact CUST-9 phone=1
then refused customer.contact.not_found

test a new name
given customer CUST-1 customer.created given_name=Ada family_name=Lim name="Ada Lim" status=active
when customer.rename CUST-1 family_name=Tan
then only customer.individual_updated given_name=Ada family_name=Tan fields=family_name
then interaction.logged summary="Customer updated their display name"

test no name is no name, even for nobody
when customer.rename CUST-9
then refused customer.individual.update.no_fields customer_id=CUST-9

test nobody gets a name
when customer.rename CUST-9 given_name=Ada
then refused customer.contact.not_found

test a firm is no individual
given customer CUST-1 customer.created name="Acme Pte Ltd" status=pending
when customer.rename CUST-1 given_name=Ada
then refused customer.individual.not_found customer_id=CUST-1
