// contract.js -- every answer against TM Forum's documents, and what TMF630 asks for beyond the kits, against a running stack:
// node contract.js BASE_URL TOKEN
//
// Each answer with a body is validated against the official document of its API (schemas/tmf), errors included; the checks
// name what they prove.  Whatever is made here has names of its own, so the order of the checks does not matter.
'use strict';
const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');
const Validator = require('openapi-response-validator').default;

const [base, token] = process.argv.slice(2);
if (!base || !token) {
	console.error('usage: node contract.js BASE_URL TOKEN');
	process.exit(2);
}
const unique = Date.now().toString(36) + Math.random().toString(36).slice(2, 6);
const apis = {};
for (const [no, at] of Object.entries({ 620: '/tmf-api/productCatalogManagement/v4', 622: '/tmf-api/productOrderingManagement/v4',
	629: '/tmf-api/customerManagement/v4', 635: '/tmf-api/usageManagement/v4', 638: '/tmf-api/serviceInventory/v4' })) {
	const file = path.join(__dirname, '..', '..', 'schemas', 'tmf', `TMF${no}.json`);
	apis[no] = { at, doc: JSON.parse(fs.readFileSync(file, 'utf8')) };
}

let passed = 0, failed = 0;
function check(what, ok, why) {
	if (ok) {
		passed++;
		return;
	}
	failed++;
	console.log(`not ok: ${what}${why === undefined ? '' : `: ${typeof why === 'string' ? why : JSON.stringify(why)}`}`);
}

// where the published documents contradict themselves or what their own kits send
const flaws = [
	{ no: 638, path: /./, skip: e => /version|href/.test(e.path || '') && /required/.test(e.errorCode || '') },
];

function validate(no, method, pathname, status, body) {
	const { doc } = apis[no];
	const responses = doc.paths[pathname] && doc.paths[pathname][method.toLowerCase()] && doc.paths[pathname][method.toLowerCase()].responses;
	const known = responses && responses[status] ? responses : { [status]: { schema: { $ref: '#/definitions/Error' } } };
	const verdict = new Validator({ responses: known, definitions: doc.definitions }).validateResponse(status, body);
	const left = verdict && verdict.errors.filter(e => !flaws.some(f => f.no === Number(no) && f.path.test(pathname) && f.skip(e)));
	check(`TMF${no} ${method} ${pathname} ${status} fits the document`, !left || left.length === 0, left);
}

async function call(no, method, resource, { id, query = '', body, raw, headers = {}, expect, plain } = {}) {
	const { at } = apis[no];
	const url = `${base}${at}/${resource}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${query}`;
	const r = await fetch(url, { method, body: raw !== undefined ? raw : body === undefined ? undefined : JSON.stringify(body),
		headers: { 'X-BSS-API-Token': token, 'X-BSS-Actor': 'contract', 'Content-Type': 'application/json', ...headers } });
	const text = await r.text();
	let json;
	try { json = text ? JSON.parse(text) : undefined; } catch { check(`${method} ${url} answers JSON`, false, text); }
	if (expect !== undefined)
		check(`TMF${no} ${method} /${resource}${id === undefined ? '' : '/{id}'}${query} answers ${expect}`, r.status === expect, `${r.status} ${text.slice(0, 300)}`);
	if (json !== undefined && !plain && !/fields=/.test(query))
		validate(no, method, `/${resource}${id === undefined ? '' : '/{id}'}`, r.status, json);
	if (r.status >= 400 && json !== undefined)
		check('an Error has code, reason and texts only', json.code && json.reason && typeof json.status === 'string' && json['@type'] === 'Error', json);
	return { status: r.status, json, headers: r.headers };
}

const bodies = {
	620: {
		productSpecification: { name: `spec ${unique}`, description: 'd', brand: 'b', productSpecCharacteristic: [{ name: 'c', valueType: 'string' }] },
		productOffering: { name: `offering ${unique}`, version: '1', productSpecification: { id: '9881', name: 's' } },
		productOfferingPrice: { name: `price ${unique}`, priceType: 'recurring', price: { unit: 'SGD', value: 12.5 } },
		category: { name: `category ${unique}`, isRoot: true },
		catalog: { name: `catalog ${unique}`, catalogType: 'Product Catalog' },
	},
	622: { productOrder: { externalId: unique, category: `c${unique}`, productOrderItem: [{ id: '1', action: 'add' }], relatedParty: [{ id: 'p', '@referredType': 'Individual' }] } },
	629: { customer: { name: `customer ${unique}`, engagedParty: { id: 'e', '@referredType': 'Organization' }, characteristic: [{ name: 'tier', value: unique }] } },
	635: {
		usage: { description: unique, usageSpecification: { id: 's' }, usageCharacteristic: [{ name: 'volume', value: 7 }] },
		usageSpecification: { name: `usage spec ${unique}` },
	},
	638: { service: { name: `service ${unique}`, description: 'd', state: 'active', category: `k${unique}`, startDate: '2026-02-15T09:00:00.000Z',
		serviceSpecification: { id: '1', href: '/s/1', version: '1' } } },
};
const patches = { productSpecification: { description: 'other' }, productOffering: { version: '2' }, productOfferingPrice: { version: '3' },
	category: { description: 'x' }, catalog: { description: 'x' }, productOrder: { description: 'x' }, customer: { statusReason: 'because' },
	usageSpecification: { description: 'x' }, service: { description: 'y' } };
const removable = new Set(['productSpecification', 'productOffering', 'productOfferingPrice', 'category', 'catalog', 'usage', 'usageSpecification', 'service']);

// the life of one instance of each resource, each step as the document has it
async function life(no, resource, body) {
	const made = await call(no, 'POST', resource, { body, expect: 201 });
	if (made.status !== 201)
		return;
	const { id, href } = made.json;
	check(`${resource}: Location is the href`, made.headers.get('location') === href, made.headers.get('location'));
	check(`${resource}: a write tells its position`, Number(made.headers.get('x-bss-position')) > 0);
	for (const [name, value] of Object.entries(body))
		check(`${resource}: ${name} comes back`, JSON.stringify(made.json[name]).includes(JSON.stringify(value).slice(1, 8)), made.json[name]);
	const got = await call(no, 'GET', resource, { id, expect: 200 });
	check(`${resource}: what is read is what was answered`, JSON.stringify(got.json) === JSON.stringify(made.json));
	const slash = await call(no, 'GET', `${resource}/`, { expect: 200, plain: true });
	check(`${resource}: a trailing slash is none`, Array.isArray(slash.json));
	await call(no, 'GET', resource, { id: 'nosuch-1', expect: 404 });
	await call(no, 'PUT', resource, { id, body, expect: 405 });
	const byId = await call(no, 'GET', resource, { query: `?id=${id}`, expect: 200 });
	check(`${resource}: filter by id finds one`, byId.json.length === 1 && byId.headers.get('x-total-count') === '1', byId.json.length);
	const none = await call(no, 'GET', resource, { query: '?id=nosuch', expect: 200 });
	check(`${resource}: nothing found is an empty list`, none.json.length === 0 && none.headers.get('x-total-count') === '0');
	const few = await call(no, 'GET', resource, { id, query: '?fields=none' });
	check(`${resource}: fields=none`, JSON.stringify(Object.keys(few.json).sort()) === '["href","id"]', few.json);
	if (patches[resource])
		await patchOne(no, resource, id, made.json);
	else
		await call(no, 'PATCH', resource, { id, body: { description: 'x' }, expect: 405 });
	if (!removable.has(resource)) {
		await call(no, 'DELETE', resource, { id, expect: 405 });
		return;
	}
	await call(no, 'DELETE', resource, { id, expect: 204 });
	await call(no, 'GET', resource, { id, expect: 404 });
	await call(no, 'DELETE', resource, { id, expect: 404 });
}

async function patchOne(no, resource, id, before) {
	const body = patches[resource], [name] = Object.keys(body);
	const after = await call(no, 'PATCH', resource, { id, body, expect: 200, headers: { 'Content-Type': 'application/merge-patch+json' } });
	check(`${resource}: PATCH answers the whole document`, after.json && after.json.id === id && after.json[name] === body[name], after.json);
	check(`${resource}: PATCH keeps the rest`, Object.keys(before).every(k => k in after.json), Object.keys(after.json));
	if (before.lastUpdate)
		check(`${resource}: PATCH moves lastUpdate`, after.json.lastUpdate > before.lastUpdate, after.json.lastUpdate);
	await call(no, 'PATCH', resource, { id, body: { id: 'other' }, expect: 400 });
	await call(no, 'PATCH', resource, { id, body: { href: '/x' }, expect: 400 });
	await call(no, 'PATCH', resource, { id, body: { ...body, id, href: before.href }, expect: 200 });
	await call(no, 'PATCH', resource, { id: 'nosuch', body, expect: 404 });
	await call(no, 'PATCH', resource, { id, raw: '[]', expect: 400 });
	await call(no, 'PATCH', resource, { id, raw: '{', expect: 400 });
	await call(no, 'PATCH', resource, { id, raw: '<a/>', headers: { 'Content-Type': 'text/xml' }, expect: 415 });
	if (before.lastUpdate)
		await call(no, 'PATCH', resource, { id, body: { lastUpdate: '2001-01-01T00:00:00Z' }, expect: no === '620' || no === '635' ? 400 : undefined });
}

async function badBodies() {
	await call('629', 'POST', 'customer', { raw: '', expect: 400 });
	await call('629', 'POST', 'customer', { raw: '{"name":', expect: 400 });
	await call('629', 'POST', 'customer', { raw: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), expect: 400 });
	await call('629', 'POST', 'customer', { raw: '[]', expect: 400 });
	const faults = await call('629', 'POST', 'customer', { body: { engagedParty: 7, account: 1 }, expect: 400 });
	check('all that is wrong with a body is said at once', ['name is mandatory', 'engagedParty must be', 'account must be']
		.every(t => faults.json.message.includes(t)), faults.json);
	await call('629', 'POST', 'customer', { raw: '{"name":"a","engagedParty":{"id":"1"},"name":"b"}', expect: 400 });
	await call('629', 'POST', 'customer', { body: { engagedParty: { id: '1' } }, expect: 400 });
	await call('629', 'POST', 'customer', { body: { name: 7, engagedParty: { id: '1' } }, expect: 400 });
	await call('629', 'POST', 'customer', { body: { name: 'x', engagedParty: [] }, expect: 400 });
	await call('629', 'POST', 'customer', { body: { name: 'x', engagedParty: { id: '1' } }, headers: { 'Content-Type': 'text/plain' }, expect: 415 });
	await call('629', 'GET', 'customer', { headers: { Accept: 'application/xml' }, expect: 406 });
	await call('622', 'POST', 'productOrder', { body: { productOrderItem: [] }, expect: 400 });
	await call('620', 'POST', 'productOfferingPrice', { body: { name: 'p', price: { unit: 'SGD', value: 'ten' } } }).then(r =>
		check('an amount that is none is refused', r.status === 400 || r.status === 422, r.status));
	await call('629', 'DELETE', 'customer', { expect: 405 });
	await call('629', 'GET', 'nosuch', { expect: 404 });
}

async function badQueries() {
	for (const q of ['?nosuch=1', '?sort=nosuch', '?offset=-1', '?limit=x', '?status', '?name=%ff', '?name.regex=(', '?name=%00'])
		await call('629', 'GET', 'customer', { query: q, expect: 400 });
	await call('629', 'GET', 'customer', { query: '?filter=$[0]', expect: 501 });
	await call('629', 'GET', 'customer', { query: `?name=${'x'.repeat(2100)}`, expect: 400 });
	await call('629', 'GET', 'customer', { query: `?name=${'x'.repeat(5000)}`, expect: 414 });
}

// pages, order and filters over a family of services that only this run made
async function pages() {
	const category = `page${unique}`;
	for (let i = 0; i < 7; i++)
		await call('638', 'POST', 'service', { expect: 201, body: { ...bodies[638].service, name: `n${i}`, category, state: i % 2 ? 'active' : 'inactive',
			relatedParty: [{ id: `p${i % 3}`, role: 'user', '@referredType': 'Customer' }, { id: 'all', '@referredType': 'Customer' }],
			serviceCharacteristic: [{ name: 'speed', valueType: 'integer', value: i * 10 }], startDate: `2026-02-1${i}T09:00:00.000Z` } });
	const names = async (q, total) => {
		const r = await call('638', 'GET', 'service', { query: `?category=${category}&${q}`, expect: 200 });
		if (total !== undefined)
			check(`${q}: X-Total-Count`, r.headers.get('x-total-count') === String(total), r.headers.get('x-total-count'));
		check(`${q}: X-Result-Count`, r.headers.get('x-result-count') === String(r.json.length));
		return Object.assign(r.json.map(s => s.name).join(), { headers: r.headers });
	};
	const is = async (q, expected, total) => { const got = await names(q, total); check(`${q} finds ${expected}`, String(got) === expected, String(got)); };
	await is('sort=-name', 'n6,n5,n4,n3,n2,n1,n0', 7);
	await is('sort=name&limit=3', 'n0,n1,n2', 7);
	await is('sort=name&limit=3&offset=6', 'n6', 7);
	await is('sort=name&offset=7', '', 7);
	await is('sort=name&limit=0', '', 7);
	await is('sort=-state,-name', 'n6,n4,n2,n0,n5,n3,n1', 7);
	await is('sort=%2Bname&state=active', 'n1,n3,n5', 3);
	await is('sort=name&state=active,inactive', 'n0,n1,n2,n3,n4,n5,n6');
	await is('sort=name&name=n1&name=n2', 'n1,n2');
	await is('sort=name&name=n1;name=n4', 'n1,n4');
	await is('sort=name&relatedParty.id=p1', 'n1,n4');
	await is('sort=name&relatedParty.id=all&state=active', 'n1,n3,n5');
	await is('sort=name&serviceCharacteristic.value.gt=40', 'n5,n6');
	await is('sort=name&serviceCharacteristic.value%3E%3D40', 'n4,n5,n6');
	await is('sort=name&serviceCharacteristic.value=30', 'n3');
	await is('sort=name&startDate.lt=2026-02-12', 'n0,n1');
	await is('sort=name&startDate=2026-02-13T09:00:00.000Z', 'n3');
	await is('sort=name&startDate=2026-02-13T17:00:00%2B08:00', 'n3');
	await is('sort=name&startDate=2026-02-13T17:00:00+08:00', 'n3');
	await is('sort=name&name.regex=n[12]', 'n1,n2');
	await is('sort=name&name*=n[56]', 'n5,n6');
	await is('name=%22n3%22', 'n3');
	const links = (await names('sort=name&limit=3&offset=3')).headers.get('link') || '';
	for (const rel of ['first', 'prev', 'next', 'last'])
		check(`Link has ${rel}`, links.includes(`rel="${rel}"`) && links.includes(`category=${category}`), links);
	const cut = await call('638', 'GET', 'service', { query: `?category=${category}&fields=name,relatedParty.id&limit=1`, expect: 200 });
	check('fields are cut, nested ones too', JSON.stringify(Object.keys(cut.json[0]).sort()) === '["href","id","name","relatedParty"]' &&
		Object.keys(cut.json[0].relatedParty[0]).join() === 'id', cut.json[0]);
}

async function mergePatch() {
	const note = text => ({ id: text, author: 'a', date: '2026-02-15T09:00:00.000Z', text });
	const made = await call('638', 'POST', 'service', { body: { ...bodies[638].service, note: [note('a'), note('b')], hasStarted: true }, expect: 201 });
	const after = await call('638', 'PATCH', 'service', { id: made.json.id, body: { note: [note('c')], hasStarted: null }, expect: 200 });
	check('a list is replaced as a whole', after.json.note && after.json.note.length === 1 && after.json.note[0].text === 'c', after.json.note);
	check('null removes', !('hasStarted' in after.json));
	for (const [no, resource, attribute, body] of [['620', 'productSpecification', 'description', { ...bodies[620].productSpecification, name: `null ${unique}` }],
		['629', 'customer', 'statusReason', { ...bodies[629].customer, name: `null ${unique}` }]]) {
		const one = await call(no, 'POST', resource, { body, expect: 201 });
		await call(no, 'PATCH', resource, { id: one.json.id, body: { [attribute]: 'there' }, expect: 200 });
		const gone = await call(no, 'PATCH', resource, { id: one.json.id, body: { [attribute]: null }, expect: 200 });
		check(`null removes ${attribute} of a ${resource}`, !(attribute in gone.json), gone.json);
	}
	await call('638', 'PATCH', 'service', { id: made.json.id, body: { serviceDate: '2001-01-01T00:00:00Z' }, expect: 400 });
	const offering = await call('620', 'POST', 'productOffering', { body: { name: `w ${unique}`, lifecycleStatus: 'active' }, expect: 201 });
	const window = await call('620', 'PATCH', 'productOffering', { id: offering.json.id, expect: 200,
		body: { version: '7', validFor: { startDateTime: '2031-01-01T00:00:00.000Z', endDateTime: '2032-01-01T00:00:00.000Z' } } });
	check('validFor of an offering can be patched', window.json.validFor && window.json.validFor.endDateTime === '2032-01-01T00:00:00.000Z' && window.json.version === '7', window.json);
	await call('620', 'DELETE', 'productOffering', { id: offering.json.id, expect: 204 });      // the kit wants specifications everywhere
}

async function customers() {
	const email = `${unique}@example.com`;
	const body = { name: 'Ada L', engagedParty: { id: 'x', '@referredType': 'Individual', givenName: 'Ada', familyName: 'L' },
		contactMedium: [{ mediumType: 'email', preferred: true, characteristic: { emailAddress: email } }] };
	const one = await call('629', 'POST', 'customer', { body, expect: 201 });
	check('a customer with contact is active', one.json.status === 'active', one.json);
	const two = await call('629', 'POST', 'customer', { body, expect: 422 });
	check('a business refusal names its rule', two.json.code === 'POLICY_VIOLATION' && two.json.reason === 'customer.create.email_unique' &&
		'context' in two.json && /^https:/.test(two.json.referenceError), two.json);
	const key = { 'Idempotency-Key': `key-${unique}` }, named = { ...bodies[629].customer, name: `idem ${unique}` };
	const first = await call('629', 'POST', 'customer', { body: named, headers: key, expect: 201 });
	const again = await call('629', 'POST', 'customer', { body: named, headers: key, expect: 201 });
	check('a repeat under its key makes nothing', first.json.id === again.json.id, again.json.id);
	const other = await call('629', 'POST', 'customer', { body: { ...named, name: 'other' }, headers: key });
	check('another body under the key is refused', other.status === 409 || other.status === 422 || other.status === 400, other.status);
	await call('629', 'PATCH', 'customer', { id: one.json.id, body: { contactMedium: [] }, expect: 400 });
	return one.json.id;
}

async function orders(customer) {
	const plain = await call('622', 'POST', 'productOrder', { body: bodies[622].productOrder, expect: 201 });
	check('an order without a plan of ours stays acknowledged', plain.json.state === 'acknowledged', plain.json.state);
	check('cancelling is a state', (await call('622', 'PATCH', 'productOrder', { id: plain.json.id, body: { state: 'cancelled' }, expect: 200 })).json.state === 'cancelled');
	await call('622', 'PATCH', 'productOrder', { id: plain.json.id, body: { state: 'completed' }, expect: 400 });
	const other = await call('622', 'POST', 'productOrder', { body: bodies[622].productOrder, expect: 201 });
	const cancel = await call('622', 'POST', 'cancelProductOrder', { body: { productOrder: { id: other.json.id }, cancellationReason: 'no longer' }, expect: 201 });
	check('a cancellation is done at once', cancel.json.state === 'done' && cancel.json.productOrder.id === other.json.id, cancel.json);
	check('and can be read', JSON.stringify((await call('622', 'GET', 'cancelProductOrder', { id: cancel.json.id, expect: 200 })).json) === JSON.stringify(cancel.json));
	check('and is found', (await call('622', 'GET', 'cancelProductOrder', { query: `?productOrder.id=${other.json.id}`, expect: 200 })).json.length === 1);
	check('the order is cancelled', (await call('622', 'GET', 'productOrder', { id: other.json.id, expect: 200 })).json.state === 'cancelled');
	await call('622', 'POST', 'cancelProductOrder', { body: { productOrder: { id: other.json.id } }, expect: 422 });
	await call('622', 'POST', 'cancelProductOrder', { body: { productOrder: {} }, expect: 400 });
	await call('622', 'POST', 'cancelProductOrder', { body: { cancellationReason: 'x' }, expect: 400 });
	await call('622', 'PATCH', 'cancelProductOrder', { id: cancel.json.id, body: {}, expect: 405 });
	const ours = await call('622', 'POST', 'productOrder', { body: { productOrderItem: [{ id: '1', action: 'add', productOffering: { id: 'PLAN_M' } }],
		relatedParty: [{ id: customer, role: 'customer', '@referredType': 'Customer' }] } });
	check('an order of a plan of ours is decided by policies', ours.status === 422 && /^order\./.test(ours.json.reason), ours.json);
}

async function usage() {
	const post = (body, h) => fetch(`${base}/usage-api/v1/usage`, { method: 'POST', body: JSON.stringify(body),
		headers: { 'X-BSS-API-Token': token, 'Content-Type': 'application/json', ...h } });
	const record = { msisdn: '0000', eventType: 'data', eventTime: new Date().toISOString(), quantity: 1, unit: 'mb', reference: `r-${unique}` };
	const one = await post(record), oneBody = await one.json();
	check('a record without a line is refused', one.status === 422 && oneBody.reason === 'usage.record.subscription_must_exist', oneBody);
	const many = await post([record, { ...record, quantity: 0, reference: undefined }, { msisdn: 7 }, { ...record, nosuch: 1 }]), list = await many.json();
	check('each record has its answer, in order', many.status === 200 && list.length === 4 && list[1].reason === 'usage.record.positive_quantity' &&
		list[2].status === '400' && list[3].status === '400', list);
	check('an empty batch is answered empty', JSON.stringify(await (await post([])).json()) === '[]');
	const thousands = await post(Array.from({ length: 2500 }, (_, i) => ({ ...record, quantity: -1 - i, reference: undefined }))), all = await thousands.json();
	check('thousands are answered in order', all.length === 2500 && all.every((a, i) => a.context && a.context.quantity === -1 - i), all[0]);
	const faulty = await (await post([{ quantity: 'x', nosuch: 1 }, { ...record, reference: `v-${unique}`, quantity: 0 }])).json();
	check('all that is wrong with a record is said at once', ['quantity must be', 'nosuch is not', 'msisdn is missing', 'unit is missing', 'eventTime is missing']
		.every(t => faulty[0].message.includes(t)) && faulty[1].reason === 'usage.record.positive_quantity', faulty);
	const text = await fetch(`${base}/usage-api/v1/usage`, { method: 'POST', body: '[{"msisdn":"1"', headers: { 'X-BSS-API-Token': token, 'Content-Type': 'application/json' } });
	check('half a batch is no batch', text.status === 400);
	const tmf = await call('635', 'POST', 'usage', { body: { usageType: 'data', usageDate: new Date().toISOString(),
		usageCharacteristic: [{ name: 'msisdn', value: '0000' }, { name: 'quantity', value: '5' }, { name: 'unit', value: 'mb' }] } });
	check('a usage with a number is rated, not registered', tmf.status === 422 && tmf.json.reason === 'usage.record.subscription_must_exist', tmf.json);
}

// a line of its own, ordered over TMF622; the identity check and the card have no TMF API, so the command line does these
async function line() {
	if (!process.env.STACK_BIN)
		return;
	const bss = (...args) => JSON.parse(execFileSync(process.env.STACK_BIN, [...args, '--json'], { encoding: 'utf8' }));
	const { id } = (await call('629', 'POST', 'customer', { expect: 201, body: { name: 'Line Owner', engagedParty: { id: 'l', '@referredType': 'Individual' },
		contactMedium: [{ mediumType: 'email', characteristic: { emailAddress: `line-${unique}@example.com` } }] } })).json;
	bss('customer', 'attest-kyc', id, '--provider', 'prebaked', '--attestation-token', `stub-${unique}`);
	bss('payment', 'add-card', '--customer-id', id, '--card-number', '4242424242424242');
	const placed = await call('622', 'POST', 'productOrder', { expect: 201, body: { note: [{ text: 'please', author: 'a', date: '2026-02-15T09:00:00.000Z' }],
		productOrderItem: [{ id: '1', action: 'add', productOffering: { id: 'PLAN_M' } }], relatedParty: [{ id, role: 'customer', '@referredType': 'Customer' }] } });
	let order = placed.json;
	for (let i = 0; i < 100 && order.state !== 'completed'; i++) {
		await new Promise(r => setTimeout(r, 100));
		order = (await call('622', 'GET', 'productOrder', { id: order.id })).json;
	}
	check('an order of a plan of ours is fulfilled', order.state === 'completed', order);
	const services = (await call('638', 'GET', 'service', { query: `?relatedParty.id=${id}&state=active`, expect: 200 })).json;
	const msisdn = services.flatMap(s => s.serviceCharacteristic).filter(c => c.name === 'msisdn').map(c => c.value)[0];
	check('its services are active and know the number', services.length >= 1 && typeof msisdn === 'string', services);
	await rated(msisdn);
}

async function rated(msisdn) {
	const reference = `cdr-${unique}`;
	const post = async body => (await fetch(`${base}/usage-api/v1/usage`, { method: 'POST', body: JSON.stringify(body),
		headers: { 'X-BSS-API-Token': token, 'Content-Type': 'application/json' } }));
	const record = { msisdn, eventType: 'data', eventTime: new Date().toISOString(), quantity: 10, unit: 'mb', reference };
	const one = await post(record), first = await one.json();
	check('a record is rated', one.status === 201 && first.allowanceType === 'data' && first.consumedQuantity === 10 && first.unserved === 0, first);
	const again = await (await post(record)).json();
	check('a repeat is answered with the first result', again.usageEventId === first.usageEventId && again.repeat === true, again);
	const many = await (await post(Array.from({ length: 1500 }, (_, i) => ({ ...record, quantity: 1, reference: `${reference}-${i}` })))).json();
	check('a batch is debited in order', many.every((u, i) => u.status === '201' && u.consumed === 11 + i), many.find((u, i) => u.consumed !== 11 + i));
	const read = await call('635', 'GET', 'usage', { id: many[1499].usageEventId, expect: 200 });
	check('and can be read at once', read.json.status === 'rated', read.json);
	const tmf = await call('635', 'POST', 'usage', { expect: 201, body: { usageType: 'sms', usageCharacteristic: [{ name: 'msisdn', value: msisdn },
		{ name: 'quantity', value: '2' }, { name: 'unit', value: 'count' }] } });
	check('TMF635 rates what names a number', tmf.json.status === 'rated' && tmf.json.usageType === 'sms', tmf.json);
	const some = await call('635', 'GET', 'usage', { query: '?usageType=sms&status=rated&sort=-usageDate&limit=5', expect: 200 });
	check('usage is found by its type', some.json.length >= 1 && some.json.every(u => u.usageType === 'sms'), some.json);
}

// the text format of Prometheus: a HELP and a TYPE before the first sample of each metric, all samples of one together, no series
// twice, histograms cumulative with +Inf equal to the count
async function exposition(text) {
	const types = {}, seen = new Set(), closed = new Set(), wrong = [];
	let current, last = {};
	check('metrics end with a line end', text.endsWith('\n'));
	for (const line of text.trimEnd().split('\n')) {
		const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line), sample = /^([a-z_]+)(?:\{((?:[a-z_]+="[^"\\\n]*",?)*)\})? (-?[0-9.]+)$/.exec(line);
		if (type) {
			if (current) closed.add(current);
			current = type[1];
			types[current] = type[2];
		} else if (sample) {
			const base = sample[1].replace(/_(bucket|sum|count)$/, m => types[sample[1]] ? m : '');
			if (base !== current || closed.has(base) || seen.has(line.split(' ')[0])) wrong.push(line);
			seen.add(line.replace(/ [^ ]*$/, ''));
			const series = base + (sample[2] || '').replace(/,le="[^"]*"$/, '');
			if (sample[1].endsWith('_bucket') && types[base] === 'histogram') {
				if (/le="\+?[0-9]/.test(sample[2]) && !/le="0.0005"/.test(sample[2]) && Number(sample[3]) < last[series]) wrong.push(line);
				last[series] = Number(sample[3]);
			} else if (sample[1].endsWith('_count') && types[base] === 'histogram' && last[series] !== Number(sample[3])) wrong.push(line);
			if (types[base] === 'counter' && !base.endsWith('_total')) wrong.push(line);
		} else if (!/^# HELP \S+ \S/.test(line)) wrong.push(line);
	}
	check('metrics are Prometheus text', wrong.length === 0, wrong.slice(0, 3));
	for (const name of ['bss_events_total', 'bss_refusals_total{rule="customer.create.email_unique"}', 'bss_projection_lag_events{projection="crm"}',
		'bss_process_restarts_total{process="core"}', 'bss_command_answers_total{answer="refused"}', 'bss_db_queued', 'bss_http_connections'])
		check(`metrics tell ${name}`, text.includes(`\n${name} `));
}

async function perimeter() {
	const get = (at, headers = {}) => fetch(base + at, { headers });
	check('health needs no token', (await get('/health')).status === 200);
	check('ready', (await get('/health/ready')).status === 200);
	check('no token', (await (await get('/tmf-api/customerManagement/v4/customer')).json()).code === 'AUTH_MISSING_TOKEN');
	const wrong = await get('/tmf-api/customerManagement/v4/customer', { 'X-BSS-API-Token': 'x'.repeat(40) });
	check('a wrong token', wrong.status === 401 && (await wrong.json()).code === 'AUTH_INVALID_TOKEN');
	check('/healthz is not exempt', (await get('/healthz')).status === 401);
	const bearer = await get('/tmf-api/customerManagement/v4/customer?limit=1', { Authorization: `Bearer ${token}`, 'X-Request-ID': 'req-1' });
	check('a bearer token', bearer.status === 200);
	check('X-Request-ID comes back', bearer.headers.get('x-request-id') === 'req-1');
	const own = { 'X-BSS-API-Token': token };
	check('the clock', typeof (await (await get('/admin-api/v1/clock/now', own)).json()).now === 'string');
	const audit = await (await get('/audit-api/v1/events?limit=2&order=desc', own)).json();
	const older = await (await get(`/audit-api/v1/events?limit=2&order=desc&before=${audit.nextBefore}`, own)).json();
	check('the audit goes on from where it was', older.events[0].position === audit.events[1].position - 1, older.events && older.events[0]);
	check('the audit', audit.count === 2 && audit.events[0].position > audit.events[1].position, audit);
	for (const q of ['nosuch=1', 'aggregateid=x', 'eventType=%ff', 'eventType=%00', 'order=up', 'limit=x', 'after=-1', 'actor'])
		check(`the audit refuses ?${q}`, (await get(`/audit-api/v1/events?${q}`, own)).status === 400);
	const bad = await get('/audit-api/v1/events?occurredSince=soon', own);
	check('a bad timestamp', bad.status === 422 && (await bad.json()).code === 'INVALID_TIMESTAMP');
	await exposition(await (await get('/metrics', own)).text());
	check('metrics', /bss_http_requests_total\{/.test(await (await get('/metrics', own)).text()));
	const late = await get('/tmf-api/customerManagement/v4/customer', { ...own, 'X-BSS-After': '999999999999' });
	const why = await late.json();
	check('a read that asks for the future says how far behind it is', late.status === 503 && why.code === 'PROJECTION_BEHIND' &&
		why.context.projection === 'crm' && why.context.lag > 0, why);
	check('X-BSS-After must be a number', (await get('/tmf-api/customerManagement/v4/customer', { ...own, 'X-BSS-After': 'x' })).status === 400);
	check('another tenant sees nothing', (await (await get('/tmf-api/customerManagement/v4/customer', { ...own, 'X-BSS-Tenant': 'OTHER' })).json()).length === 0);
}

(async () => {
	for (const [no, resources] of Object.entries(bodies))
		for (const [resource, body] of Object.entries(resources))
			await life(no, resource, body);
	await badBodies();
	await badQueries();
	await pages();
	await mergePatch();
	await orders(await customers());
	await usage();
	await line();
	await perimeter();
	console.log(`contract: ${passed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
})().catch(e => { console.error(e); process.exit(1); });
