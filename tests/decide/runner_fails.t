# Every story of this file has to fail: `run_decide --must-fail` proves that the runner can say no.

test an event that did not happen
when customer.create name="Ada Lim" email=ada@example.test
then customer.kyc_attested

test a field that says something else
when customer.create name="Ada Lim" email=ada@example.test
then customer.created given_name=Bob

test something more happened
when customer.create name="Ada Lim" email=ada@example.test
then only customer.created

test the wrong order
when customer.create name="Ada Lim" email=ada@example.test
then interaction.logged
then customer.created

test a refusal that did not come
when customer.create name="Ada Lim" email=ada@example.test
then refused customer.create.requires_contact_medium

test a refusal by another rule
when customer.create name="Ada Lim"
then refused customer.create.email_unique

test a refusal with another fact
given customer CUST-1 customer.created name=Ada contact_media=[{"id":"CM-1","medium_type":"email","value":"ada@example.test"}]
when customer.create name="Bob" email=ada@example.test
then refused customer.create.email_unique email=bob@example.test

test a refusal that nobody expected
when customer.create name="Ada Lim"
then nothing

test nothing is said
when customer.create name="Ada Lim" email=ada@example.test

test something happened
when customer.create name="Ada Lim" email=ada@example.test
then nothing

test a word that does not exist
when customer.invent name="Ada Lim"
then nothing

test a field that does not exist
given customer CUST-1 customer.created shoe_size=44
when customer.close CUST-1
then nothing

test a timer's own work is not the command's
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
given clock 2026-02-15T09:00:00Z
given msisdn 90000001 inventory.msisdn.reserved reserved_for=X reserved_until=2026-02-15T08:00:00Z
when timers
then inventory.msisdn.released of_command=true
