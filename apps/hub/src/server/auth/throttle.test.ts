/** Buckets under a clock that the test holds. */
import { describe, expect, it } from "vitest";
import { createBuckets, createLoginThrottle, networkOf } from "./throttle.ts";

function heldClock() {
  let time = 1_000_000;
  return {
    now: () => time,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

describe("buckets", () => {
  it("empty, tell how long to wait, and fill again", () => {
    const clock = heldClock();
    const buckets = createBuckets({ burst: 2, refillMs: 3_000 }, clock);
    buckets.take("a");
    expect(buckets.wait("a")).toBe(0);
    buckets.take("a");
    expect(buckets.wait("a")).toBe(3);
    expect(buckets.wait("b")).toBe(0);
    clock.pass(2_500);
    expect(buckets.wait("a")).toBe(1);
    clock.pass(500);
    expect(buckets.wait("a")).toBe(0);
    clock.pass(60_000);
    expect(buckets.touched("a")).toBe(false);
  });

  it("remember a bounded number of keys, and forget full buckets", () => {
    const buckets = createBuckets({ burst: 2, refillMs: 1_000 }, heldClock(), 10);
    for (let key = 0; key < 1_000; key += 1) buckets.take(`address ${key}`);
    expect(buckets.size).toBe(10);
    buckets.giveBack("address 999");
    expect(buckets.size).toBe(9);
  });
});

describe("the login throttle", () => {
  it("never locks an owner out for ever: a fresh address gets in while others guess", () => {
    const clock = heldClock();
    const throttle = createLoginThrottle(clock);
    let refused = 0;
    for (let address = 0; address < 50; address += 1) {
      for (let attempt = 0; attempt < 10; attempt += 1) {
        try {
          throttle.attempt(`198.51.100.${address}`, "Admin");
        } catch {
          refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(400);
    expect(() => throttle.attempt("203.0.113.7", "admin")).not.toThrow();
  });

  it("lets a guesser go on at a crawl", () => {
    const clock = heldClock();
    const throttle = createLoginThrottle(clock);
    const attempts = (seconds: number) => {
      let allowed = 0;
      for (let second = 0; second < seconds; second += 1) {
        clock.pass(1_000);
        try {
          throttle.attempt("198.51.100.1", "admin");
          allowed += 1;
        } catch {
          // Counted by not being counted.
        }
      }
      return allowed;
    };
    expect(attempts(60)).toBeLessThan(15);
    expect(attempts(600)).toBeLessThan(45);
    expect(attempts(600)).toBeGreaterThan(10);
  });
});

it("counts one IPv6 subscriber as one address", () => {
  expect(networkOf("192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe(networkOf("2001:db8:1:2::9"));
  expect(networkOf("2001:db8::1")).toBe(networkOf("2001:db8::2"));
  expect(networkOf("2001:db8:1:2::9")).not.toBe(networkOf("2001:db8:1:3::9"));
});
