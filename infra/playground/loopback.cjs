// Keeps a server on this computer: a port without a host means 127.0.0.1, no longer every interface.
// The Playground has neither authentication nor an option for its address. Use it as a preload:
//   node --require ./infra/playground/loopback.cjs node_modules/@microsoft/m365agentsplayground/cli.js start
"use strict";

const net = require("node:net");

const HOST = "127.0.0.1";
const listen = net.Server.prototype.listen;

// The ways to say "a port": 8080, "8080" (a path is no number), and null, undefined or nothing for any free one.
const isPort = (value) => value == null || (value !== "" && Number.isInteger(Number(value)));

function onLoopback(first, ...rest) {
  if (typeof first === "function") return [0, HOST, first, ...rest];
  if (isPort(first)) {
    if (typeof rest[0] === "string" && rest[0] !== "") return [first, ...rest];
    // The host's place may be empty: listen(port, undefined, backlog), as the ws package calls it.
    const others = rest[0] == null || rest[0] === "" ? rest.slice(1) : rest;
    return [first ?? 0, HOST, ...others];
  }
  if (typeof first === "object" && "port" in first && !first.host) return [{ ...first, host: HOST }, ...rest];
  return [first, ...rest];
}

net.Server.prototype.listen = function (...args) {
  return listen.apply(this, onLoopback(...args));
};
