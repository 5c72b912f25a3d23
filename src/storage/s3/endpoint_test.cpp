#include "storage/s3/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

std::string object_url(const BucketAddress& address) {
  const auto endpoint = S3Endpoint::create(address);
  EXPECT_TRUE(endpoint) << endpoint.error().message;
  return endpoint ? endpoint->origin() + endpoint->path_of("k") : "";
}

TEST(S3Endpoint, OnAwsTheBucketIsPartOfTheHost) {
  EXPECT_EQ(object_url({.bucket = "cache", .region = "eu-west-1"}),
            "https://cache.s3.eu-west-1.amazonaws.com/k");
  EXPECT_EQ(object_url({.bucket = "cache", .region = "cn-north-1"}),
            "https://cache.s3.cn-north-1.amazonaws.com.cn/k");
  EXPECT_EQ(object_url({.bucket = "cache", .path_style = PathStyle::always}),
            "https://s3.us-east-1.amazonaws.com/cache/k");
}

TEST(S3Endpoint, ABucketWithDotsWouldNotFitTheCertificate) {
  EXPECT_EQ(object_url({.bucket = "bucket.dots"}),
            "https://s3.us-east-1.amazonaws.com/bucket.dots/k");
}

TEST(S3Endpoint, ElsewhereTheBucketIsPartOfThePath) {
  EXPECT_EQ(object_url({.url = "http://minio:9000", .bucket = "cache"}),
            "http://minio:9000/cache/k");
  EXPECT_EQ(object_url({.url = "http://minio:9000/", .bucket = "cache"}),
            "http://minio:9000/cache/k");
  EXPECT_EQ(object_url({.url = "https://x.example/storage/v1/s3", .bucket = "cache"}),
            "https://x.example/storage/v1/s3/cache/k");
  EXPECT_EQ(
      object_url(
          {.url = "http://s3.localhost:7480", .bucket = "cache", .path_style = PathStyle::never}),
      "http://cache.s3.localhost:7480/k");
  EXPECT_EQ(object_url({.url = "http://[::1]:9000", .bucket = "cache"}),
            "http://[::1]:9000/cache/k");
}

// Parsed by a library, the host was 10.0.0.1: another machine, which would have got the requests.
TEST(S3Endpoint, ANameThatBeginsLikeAnAddressIsTheWholeName) {
  EXPECT_EQ(object_url({.url = "http://10.0.0.1.nip.io:9000", .bucket = "cache"}),
            "http://10.0.0.1.nip.io:9000/cache/k");
  EXPECT_EQ(object_url({.url = "http://10.0.0.1.nip.io/base", .bucket = "cache"}),
            "http://10.0.0.1.nip.io/base/cache/k");
}

// Clients leave a scheme's own port out of Host, and it is Host that is signed.
TEST(S3Endpoint, APortThatGoesWithoutSayingIsNotSigned) {
  EXPECT_EQ(S3Endpoint::create({.url = "http://a:80", .bucket = "cache"})->host(), "a");
  EXPECT_EQ(S3Endpoint::create({.url = "https://a:443", .bucket = "cache"})->host(), "a");
  EXPECT_EQ(S3Endpoint::create({.url = "https://a:80", .bucket = "cache"})->host(), "a:80");
}

TEST(S3Endpoint, TheBucketItselfHasAPathToo) {
  EXPECT_EQ(S3Endpoint::create({.url = "http://a", .bucket = "cache"})->path_of(""), "/cache");
  EXPECT_EQ(S3Endpoint::create({.bucket = "cache"})->path_of(""), "/");
}

TEST(S3Endpoint, WhatIsNoEndpointIsRefused) {
  for (const std::string url : {"minio:9000", "ftp://a", "http://", "http://u:p@a", "http://a?b",
                                "http://a b", "http://a#b"}) {
    EXPECT_FALSE(S3Endpoint::create({.url = url, .bucket = "cache"})) << url;
  }
  for (const std::string bucket : {"", "ab", "-abc", "a/b", "a b", "a?b"}) {
    EXPECT_FALSE(S3Endpoint::create({.bucket = bucket})) << bucket;
  }
  for (const std::string region : {"", "a b", "a/b", "evil.example/"}) {
    EXPECT_FALSE(S3Endpoint::create({.bucket = "cache", .region = region})) << region;
  }
}

TEST(S3Endpoint, PrefixesAreSegmentsWithoutSurprises) {
  EXPECT_EQ(*parse_object_prefix(""), "");
  EXPECT_EQ(*parse_object_prefix("/"), "");
  EXPECT_EQ(*parse_object_prefix("a"), "a/");
  EXPECT_EQ(*parse_object_prefix("/team/cache-1/"), "team/cache-1/");
  for (const std::string_view text : {"..", "a/../b", "a//b", ".a", "a b", "a?b", "a%b"}) {
    EXPECT_FALSE(parse_object_prefix(text)) << text;
  }
  EXPECT_FALSE(parse_object_prefix(std::string(257, 'a')));
}

}  // namespace
}  // namespace vc::storage
