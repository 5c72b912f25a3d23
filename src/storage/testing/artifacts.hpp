// Artifacts for tests: short ways to name them, store them and read them back through a Driver.
#pragma once

#include "core/files.hpp"
#include "storage/driver.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vc::storage {

inline wire::ObjectKey key_of(std::string_view name, std::string_view scope = "default") {
  return wire::ObjectKey::native(*wire::Scope::parse(scope), sha256(name));
}

// One whole upload, of announced size.
inline Result<Stored> store(Driver& driver, const wire::ObjectKey& key, std::string_view body,
                            std::string vcmeta = "", PutMode mode = PutMode::create_only) {
  VC_TRY(const auto spool, driver.spool(body.size()));
  VC_CHECK(spool->write(as_bytes(body)));
  return spool->commit(
      key, {.size_bytes = body.size(), .sha256 = sha256(body), .vcmeta = std::move(vcmeta)}, mode);
}

inline std::string content_of(const net::FileRange& range) {
  Bytes bytes(range.length);
  const auto count = pread_up_to(range.fd.get(), bytes, range.offset);
  EXPECT_TRUE(count && *count == range.length) << "shorter than it says";
  return std::string(as_text(bytes));
}

// nullopt when absent.
inline std::optional<std::string> fetch(Driver& driver, const wire::ObjectKey& key) {
  const auto opened = driver.open(key);
  EXPECT_TRUE(opened) << opened.error().message;
  if (!opened || !*opened) {
    return std::nullopt;
  }
  return content_of((*opened)->content);
}

inline bool has(Driver& driver, const wire::ObjectKey& key) {
  const auto info = driver.head(key, Deadline::max());
  EXPECT_TRUE(info) << info.error().message;
  return info && info->has_value();
}

}  // namespace vc::storage
