#include "net/response_head.hpp"

#include <gtest/gtest.h>

namespace vc::net {
namespace {

std::string head_of(const Response& response, const ReplyFrame& frame) {
  std::string out;
  append_response_head(out, response, frame);
  return out;
}

TEST(ResponseHead, IsWhatGoesOntoTheWire) {
  EXPECT_EQ(head_of({.status = 201, .headers = {{"ETag", "\"x\""}}, .body = "abc"},
                    {.date = "now", .keep_alive = true, .http10 = false}),
            "HTTP/1.1 201 Created\r\nDate: now\r\nETag: \"x\"\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(head_of({.status = 304}, {.date = "now", .keep_alive = false, .http10 = true}),
            "HTTP/1.1 304 Not Modified\r\nDate: now\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head_of({.status = 299, .body = FileRange{.fd = {}, .offset = 9, .length = 1ULL << 40}},
                    {.date = "now", .keep_alive = true, .http10 = true}),
            "HTTP/1.1 299 Unknown\r\nDate: now\r\nContent-Length: 1099511627776\r\n"
            "Connection: keep-alive\r\n\r\n");
}

TEST(ResponseHead, StatusAndFieldsThatWouldBreakTheFramingAreNotWellFormed) {
  EXPECT_TRUE(is_well_formed({.status = 200, .headers = {{"A", "b"}}}));
  EXPECT_FALSE(is_well_formed({.status = 100}));
  EXPECT_FALSE(is_well_formed({.status = 600}));
  EXPECT_FALSE(is_well_formed({.status = 200, .headers = {{"A", "b\r\n"}}}));
  EXPECT_FALSE(is_well_formed({.status = 200, .headers = {{"A:", "b"}}}));
}

TEST(HttpDate, HasTheFormOfRfc9110) {
  EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace vc::net
