import { describe, expect, it } from 'vitest';
import { StaticFirstRouter } from '../../../edge/http/router.ts';

function routed(method: string, path: string): unknown {
  const router = new StaticFirstRouter<string>();
  router.add('GET', '/a/:id', 'one');
  router.add('GET', '/a/fixed', 'fixed');
  router.add('POST', '/a/:id/parts', 'parts');
  router.add('ALL', '/b', 'any');
  return router.match(method, path)[0].map(([handler, params]) => [handler, { ...params }]);
}

describe('the router', () => {
  it('prefers a path without parameters, whichever was added first', () => {
    expect(routed('GET', '/a/fixed')).toEqual([['fixed', {}]]);
  });

  it('finds parameters, and any method where a route takes any', () => {
    expect(routed('GET', '/a/7')).toEqual([['one', { id: '7' }]]);
    expect(routed('POST', '/a/fixed/parts')).toEqual([['parts', { id: 'fixed' }]]);
    expect(routed('PUT', '/b')).toEqual([['any', {}]]);
  });

  it('takes a path without parameters only with its own method and in full', () => {
    expect(routed('POST', '/a/fixed')).toEqual([]);
    expect(routed('GET', '/a/fixed/')).toEqual([]);
    expect(routed('GET', '/a')).toEqual([]);
  });
});
