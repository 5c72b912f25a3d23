// Capabilities: what a gateway can do and what this token may do (`GET /v1/capabilities`).
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc::wire {

struct SealKey {
  std::string id;
  std::string public_key;  // base64url, 32 bytes.
};

struct Capabilities {
  int protocol_version = 1;
  std::string server_version;
  std::string driver;  // "local", "s3" ...
  std::uint64_t batch_items_max = 0;
  std::uint64_t object_bytes_max = 0;
  bool upload_md5 = false;  // The store compares MD5 and no SHA-256: uploads should state it.
  std::vector<std::string> read_scopes;  // In search order; empty: this token may not read.
  std::string write_scope;               // Empty: this token may not write.
  std::string subject;                   // "token:default", for people.
  std::vector<SealKey> seal_keys;        // First one signs.
};

std::string to_json(const Capabilities& capabilities);
Result<Capabilities> parse_capabilities(std::string_view json);

// `POST /v1/report`.
struct Report {
  std::string hash;
  std::string scope;
  std::string reason;
};

std::string to_json(const Report& report);
Result<Report> parse_report(std::string_view json);

}  // namespace vc::wire
