// local_publish: stores one artifact in a local root and ends; made to be killed at every step.
//
//   local_publish ROOT KEY BYTES
//
// The body is BYTES times the letter b. Exits with 0 when it was stored, 3 when the key was taken,
// 1 on failure.
#include "core/clock.hpp"
#include "core/log.hpp"
#include "storage/local_driver.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace vc;
using namespace vc::storage;

Result<Stored> publish(const char* root, const char* key_hex, std::size_t bytes) {
  const SystemClock clock;
  NullLog log;
  VC_TRY(const auto driver, LocalDriver::create({.root = root}, clock, log));
  VC_TRY(const wire::Scope scope, wire::Scope::parse("default"));
  VC_TRY(const Digest digest, Digest::parse(key_hex));
  const std::string body(bytes, 'b');
  VC_TRY(const auto spool, driver->spool(body.size()));
  VC_CHECK(spool->write(as_bytes(body).first(bytes / 2)));
  VC_CHECK(spool->write(as_bytes(body).subspan(bytes / 2)));
  return spool->commit(wire::ObjectKey::native(scope, digest),
                       {.size_bytes = bytes, .sha256 = sha256(body), .vcmeta = "bWV0YQ"},
                       PutMode::create_only);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: local_publish ROOT KEY BYTES\n");
    return 2;
  }
  const auto stored = publish(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10));
  if (!stored) {
    std::fprintf(stderr, "local_publish: %s\n", stored.error().message.c_str());
    return 1;
  }
  return *stored == Stored::created ? 0 : 3;
}
