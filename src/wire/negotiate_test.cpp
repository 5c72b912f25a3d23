#include "wire/negotiate.hpp"

#include <gtest/gtest.h>

namespace vc::wire {
namespace {

const std::string kHash(64, 'a');

std::string with(std::string_view members) {
  return R"({"hash":")" + kHash + "\"" + std::string(members) + "}";
}

TEST(NegotiateRequest, ReadsWhatTheOriginalClientSends) {
  const auto request = parse_request(with(R"(,"action":"download")")).value();
  EXPECT_EQ(request.hash.hex(), kHash);
  EXPECT_EQ(request.action, Action::download);
  EXPECT_FALSE(request.size_bytes.has_value());
}

TEST(NegotiateRequest, RoundTrips) {
  NegotiateRequest request;
  request.hash = sha256("key");
  request.action = Action::upload;
  request.size_bytes = 1234;
  request.sha256 = sha256("body");
  request.md5 = "1B2M2Y8AsgTpgAmY7PhCfg==";
  request.duration_ms = 77;
  request.provenance = {{"commit", "abc"}, {"odd \"name\"", "line\nbreak"}};
  request.fresh = true;
  request.read_scopes = {"pr/1", "trusted/1"};
  const auto read = parse_request(to_json(request)).value();
  EXPECT_EQ(read.hash, request.hash);
  EXPECT_EQ(read.action, request.action);
  EXPECT_EQ(read.size_bytes, request.size_bytes);
  EXPECT_EQ(read.sha256, request.sha256);
  EXPECT_EQ(read.md5, request.md5);
  EXPECT_EQ(read.duration_ms, request.duration_ms);
  EXPECT_EQ(read.provenance, request.provenance);
  EXPECT_EQ(read.fresh, request.fresh);
  EXPECT_EQ(read.read_scopes, request.read_scopes);
}

TEST(NegotiateRequest, UnknownMembersAreIgnored) {
  EXPECT_TRUE(parse_request(with(R"(,"future":{"a":[1,2,{"hash":"x"}]})")).has_value());
}

// B1: whatever is not 64 lower-case hexadecimal digits never becomes a key.
TEST(NegotiateRequest, AHashThatIsNotADigestIsInvalid) {
  const std::string upper(64, 'A');
  for (const std::string& hash :
       {std::string("../../etc/passwd"), std::string("%2e%2e%2f"), std::string("..\\\\..\\\\x"),
        std::string("\\u0000"), std::string(), std::string("."), std::string(4096, 'a'), upper,
        std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g",
        std::string(63, 'a') + "\\u0061" + "b"}) {
    const auto request = parse_request(R"({"hash":")" + hash + R"("})");
    ASSERT_FALSE(request.has_value()) << hash;
    EXPECT_EQ(request.error().code, Errc::invalid);
    EXPECT_EQ(request.error().message, "hash must be 64 lower-case hexadecimal digits (SHA-256)");
  }
}

TEST(NegotiateRequest, EveryMistakeNamesItsField) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"[]", "a request must be a JSON object"},
      {"{}", "hash must be"},
      {R"({"hash":1})", "hash must be"},
      {with(R"(,"action":"delete")"), "action must be"},
      {with(R"(,"action":null)"), "action must be"},
      {with(R"(,"size":-1)"), "size must be"},
      {with(R"(,"size":"1")"), "size must be"},
      {with(R"(,"sha256":"short")"), "sha256 must be"},
      {with(R"(,"md5":"zz")"), "md5 must be"},
      {with(R"(,"duration_ms":1.5)"), "duration_ms must be"},
      {with(R"(,"provenance":[])"), "provenance must be"},
      {with(R"(,"provenance":{"a":1})"), "provenance must be"},
      {with(R"(,"fresh":1)"), "fresh must be"},
      {with(R"(,"read_scopes":"a")"), "read_scopes must be"},
      {with(R"(,"read_scopes":["1","2","3","4","5"])"), "read_scopes names more"},
      {with(R"(,"action":"upload","action":"download")"), "a request names a member twice"},
  };
  for (const auto& [json, message] : cases) {
    const auto request = parse_request(json);
    ASSERT_FALSE(request.has_value()) << json;
    EXPECT_EQ(request.error().code, Errc::invalid) << json;
    EXPECT_TRUE(request.error().message.starts_with(message)) << request.error().message;
  }
}

TEST(NegotiateBatch, ABadItemIsItsOwnErrorOnly) {
  const auto items = parse_batch_request(R"({"requests":[)" + with("") + R"(,7,{"hash":"x"},)" +
                                         with(R"(,"size":1,"size":2)") + "," + with("") + "]}")
                         .value();
  ASSERT_EQ(items.size(), 5);
  EXPECT_TRUE(items[0].has_value());
  EXPECT_FALSE(items[1].has_value());
  EXPECT_FALSE(items[2].has_value());
  EXPECT_FALSE(items[3].has_value());
  EXPECT_TRUE(items[4].has_value());
}

TEST(NegotiateBatch, TakesAThousandItemsAndNotOneMore) {
  const auto batch = [](std::size_t count) {
    return batch_request_json(std::vector<NegotiateRequest>(count));
  };
  EXPECT_EQ(parse_batch_request(batch(kBatchItemsMax)).value().size(), kBatchItemsMax);
  EXPECT_EQ(parse_batch_request(batch(kBatchItemsMax + 1)).error().code, Errc::too_large);
  EXPECT_EQ(parse_batch_request(R"({"requests":{}})").error().code, Errc::invalid);
}

std::string json_of(const NegotiateReply& reply) {
  std::string out;
  append_json(out, reply);
  return out;
}

TEST(NegotiateReply, IsWrittenByteForByteAsDocumented) {
  EXPECT_EQ(json_of({.status = Status::missing}), R"({"status":"missing"})");
  EXPECT_EQ(json_of({.status = Status::skipped}), R"({"status":"skipped"})");
  EXPECT_EQ(json_of({.status = Status::found,
                     .method = "GET",
                     .url = "http://h/v1",
                     .size_bytes = 5,
                     .scope = "default",
                     .vcmeta = "bWV0YQ",
                     .expires_in_s = 900}),
            R"({"status":"found","url":"http://h/v1","method":"GET","headers":{},"size":5,)"
            R"("scope":"default","vcmeta":"bWV0YQ","expires_in_s":900})");
  EXPECT_EQ(json_of({.status = Status::upload_needed,
                     .method = "PUT",
                     .url = "http://h/v1",
                     .headers = {{"content-type", "a\"b"}},
                     .expires_in_s = 3600}),
            R"({"status":"upload_needed","url":"http://h/v1","method":"PUT",)"
            R"("headers":{"content-type":"a\"b"},"expires_in_s":3600})");
}

TEST(NegotiateReply, BatchRoundTripsWithAProblemAmongTheItems) {
  const std::vector<NegotiateReply> replies = {
      {.status = Status::found, .method = "GET", .url = "u", .size_bytes = 1, .scope = "s"},
      {.status = Status::problem, .problem = {.status = 422, .code = "size_required"}},
      {.status = Status::missing},
  };
  const auto read = parse_batch_reply(batch_reply_json(replies)).value();
  ASSERT_EQ(read.size(), 3);
  EXPECT_EQ(read[0].url, "u");
  EXPECT_EQ(read[1].status, Status::problem);
  EXPECT_EQ(read[1].problem.status, 422);
  EXPECT_EQ(read[1].problem.code, "size_required");
  EXPECT_EQ(read[2].status, Status::missing);
}

TEST(NegotiateReply, OfTheOriginalGatewayIsUnderstood) {
  const auto found = parse_reply(R"({"status":"found","url":"http://h/v1/proxy/blob/k"})").value();
  EXPECT_EQ(found.method, "GET");
  const auto needed = parse_reply(R"({"status":"upload_needed","url":"http://h/x"})").value();
  EXPECT_EQ(needed.method, "PUT");
}

TEST(NegotiateReply, HostileAnswersAreErrorsNotMisses) {
  for (const std::string_view json :
       {"", "null", "{}", R"({"status":"gone"})", R"({"status":"found"})",
        R"({"status":"found","url":7})", R"({"status":"problem"})", R"({"status":"missing"}x)"}) {
    EXPECT_FALSE(parse_reply(json).has_value()) << json;
  }
}

}  // namespace
}  // namespace vc::wire
