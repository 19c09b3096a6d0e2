# Stories that have to fail, so that the runner is known to be able to.

test a column is something else
given customer CUST-1 customer.created given_name=Ada family_name=Lim status=active
then row crm.customer CUST-1 status=closed

test a row is not there
then row crm.customer CUST-1 status=active

test a row is there still
given customer CUST-1 customer.created status=active
then gone crm.customer CUST-1

test a document says something else
given customer CUST-1 customer.created status=active
then tmf crm.customer CUST-1 @type=Person

test a member is missing
given customer CUST-1 customer.created status=active
then result crm.customer CUST-1 nothing.here=x

test an answer where none is
when customer.get CUST-9
then answer id=CUST-9

test another rule
when customer.get CUST-9
then missing order.not_found

test no such word
then perhaps crm.customer CUST-1
