#include "wire/capabilities.hpp"

#include <gtest/gtest.h>

namespace vc::wire {
namespace {

TEST(Capabilities, RoundTrip) {
  const Capabilities capabilities{
      .protocol_version = 1,
      .server_version = "3.0.0",
      .driver = "local",
      .batch_items_max = 1000,
      .object_bytes_max = 1ULL << 33,
      .upload_md5 = true,
      .read_scopes = {"pr/1", "default"},
      .write_scope = "pr/1",
      .subject = "token:default",
      .seal_keys = {{.id = "id1", .public_key = "key1"}, {.id = "id2", .public_key = "key2"}}};
  const auto read = parse_capabilities(to_json(capabilities)).value();
  EXPECT_EQ(read.server_version, capabilities.server_version);
  EXPECT_EQ(read.driver, capabilities.driver);
  EXPECT_EQ(read.batch_items_max, capabilities.batch_items_max);
  EXPECT_EQ(read.object_bytes_max, capabilities.object_bytes_max);
  EXPECT_EQ(read.upload_md5, capabilities.upload_md5);
  EXPECT_EQ(read.read_scopes, capabilities.read_scopes);
  EXPECT_EQ(read.write_scope, capabilities.write_scope);
  EXPECT_EQ(read.subject, capabilities.subject);
  ASSERT_EQ(read.seal_keys.size(), 2);
  EXPECT_EQ(read.seal_keys[1].public_key, "key2");
}

TEST(Capabilities, WithoutAVersionAreNoCapabilities) {
  for (const std::string_view json : {"{}", R"({"protocol_version":0})", "[]", "<html>"}) {
    EXPECT_FALSE(parse_capabilities(json).has_value()) << json;
  }
}

TEST(Report, RoundTrips) {
  const auto read =
      parse_report(to_json(Report{.hash = "h", .scope = "default", .reason = "digest"})).value();
  EXPECT_EQ(read.hash, "h");
  EXPECT_EQ(read.scope, "default");
  EXPECT_EQ(read.reason, "digest");
  EXPECT_FALSE(parse_report(R"({"hash":"h"})").has_value());
}

}  // namespace
}  // namespace vc::wire
