// Rocket.Chat's own client against `serve`: what its user gets.
'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { test } = require('node:test');
const { RestClient } = require('@rocket.chat/api-client');

const { SERVE_URL, SERVE_URL_8, SERVE_URL_9, SERVE_TOKEN, SERVE_UNITS } = process.env;
const lines = readFileSync(SERVE_UNITS, 'utf8').trimEnd().split('\n');
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const all = lines.map((line) => JSON.parse(line)).sort((a, b) => byBytes(a.name, b.name));

const as = (user, token = SERVE_TOKEN, baseUrl = SERVE_URL) =>
  new RestClient({
    baseUrl,
    credentials: user && { 'X-User-Id': user, 'X-Auth-Token': token },
  });
const list = (params, client = as('manager')) => client.get('/v1/livechat/units', params);
const names = (page) => page.units.map((unit) => unit.name);

test('the default list is the first fifty by name', async () => {
  const page = await list();
  assert.deepEqual(page, {
    units: all.slice(0, 50),
    count: 50,
    offset: 0,
    total: all.length,
    success: true,
  });
});

test('what the search box sends when it is empty is no filter', async () => {
  const page = await list({ text: '', sort: undefined, count: 25, offset: 0 });
  assert.deepEqual(page.units, all.slice(0, 25));
  assert.equal(page.total, all.length);
  assert.deepEqual(await list({ text: null, count: 25 }), page);
});

test('a text is found in any case, beyond ASCII too', async () => {
  for (const [text, found] of [
    ['UNIT', ['Sales Unit', 'business unit test']],
    ['straẞe', ['STRASSE & Straße']],
    ['ελλάδα', ['ΕΛΛΆΔΑ']],
    ['île-de', ['Île-de-France']],
    ['本 🚀', ['日本 🚀']],
    ['nowhere', []],
  ]) {
    const page = await list({ text });
    assert.deepEqual(names(page), found, text);
    assert.equal(page.total, found.length);
  }
});

test('no character of a text is special', async () => {
  for (const [text, found] of [
    ['(a+b)* [50%] #1?', ['x=(a+b)* [50%] #1?']],
    ['x=(', ['x=(a+b)* [50%] #1?']],
    ['e & s', ['STRASSE & Straße']],
    ['%', ['x=(a+b)* [50%] #1?']],
    ['%20', []],
    ['.*', []],
    ['\\', ['back\\slash "quoted"']],
    ['"quoted"', ['back\\slash "quoted"']],
  ]) {
    assert.deepEqual(names(await list({ text })), found, text);
  }
});

test('a sort', async () => {
  const descending = await list({ sort: JSON.stringify({ name: -1 }) });
  assert.deepEqual(descending.units, all.slice(-50).reverse());

  const page = await list({ text: 'e', sort: JSON.stringify({ numMonitors: -1, name: 1 }), count: 0 });
  const matches = all.filter((unit) => /e/i.test(unit.name));
  matches.sort((a, b) => b.numMonitors - a.numMonitors || byBytes(a.name, b.name));
  assert.deepEqual(page.units, matches);
});

test('all pages are all units', async () => {
  const units = [];
  let pages = 0;
  for (let total = 1; units.length < total; pages += 1) {
    const page = await list({ offset: units.length, count: 100 });
    assert.equal(page.offset, units.length);
    assert.equal(page.count, page.units.length);
    assert.notEqual(page.count, 0);
    units.push(...page.units);
    total = page.total;
  }
  assert.equal(pages, Math.ceil(all.length / 100));
  assert.deepEqual(units, all);

  const past = { units: [], count: 0, offset: all.length, total: all.length, success: true };
  assert.deepEqual(await list({ offset: all.length }), past);
  assert.deepEqual((await list({ count: 0 })).units, all);
});

// The client rejects with the answer itself.
const rejected = async (answer) => {
  const response = await assert.rejects(answer).then(() => answer.catch((response) => response));
  assert.equal(response.headers.get('content-type'), 'application/json');
  return { status: response.status, body: await response.json() };
};

test('401 without valid credentials', async () => {
  const body = { status: 'error', message: 'You must be logged in to do this.' };
  for (const client of [as(undefined), as('manager', 'wrong'), as('nobody')]) {
    assert.deepEqual(await rejected(list({ count: -1 }, client)), { status: 401, body });
  }
});

test('401 of the later servers', async () => {
  const error = 'You must be logged in to do this.';
  for (const [url, body] of [
    [SERVE_URL_8, { success: false, error, status: 'error', message: error }],
    [SERVE_URL_9, { success: false, error }],
  ]) {
    for (const client of [as(undefined, undefined, url), as('manager', 'wrong', url)]) {
      assert.deepEqual(await rejected(list({ count: -1 }, client)), { status: 401, body });
    }
    const page = await list({ count: 25 }, as('manager', SERVE_TOKEN, url));
    assert.deepEqual(page.units, all.slice(0, 25));
  }
});

test('403 without the permission', async () => {
  const error = 'User does not have the permissions required for this action [error-unauthorized]';
  const body = { success: false, error };
  assert.deepEqual(await rejected(list({ count: -1 }, as('agent'))), { status: 403, body });
});

// It reads the body of a 400, to find out whether a second factor is asked for.
test('400 for a wrong parameter, and no second factor', async () => {
  const client = as('manager');
  client.handleTwoFactorChallenge(() => assert.fail('a second factor'));
  assert.deepEqual(await rejected(list({ count: -1 }, client)), {
    status: 400,
    body: {
      success: false,
      error:
        'Invalid count parameter provided: "-1" (expected decimal digits, at most 9007199254740991) [error-invalid-params]',
      errorType: 'error-invalid-params',
    },
  });
  assert.deepEqual(await rejected(list({ sort: '{"name":"up"}' }, client)), {
    status: 400,
    body: {
      success: false,
      error: 'Invalid sort parameter provided: "{"name":"up"}" [error-invalid-sort]',
      errorType: 'error-invalid-sort',
      details: { helperMethod: 'parseJsonQuery' },
    },
  });
});
