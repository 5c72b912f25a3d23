#include "storage/azure/container_endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

ContainerAddress at(std::string url) {
  return {.url = std::move(url), .account = "velocity", .container = "cache"};
}

TEST(ContainerEndpoint, OnAzureTheAccountIsPartOfTheHost) {
  const auto endpoint = ContainerEndpoint::create(at(""));
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->url_of("k"), "https://velocity.blob.core.windows.net/cache/k");
  EXPECT_EQ(endpoint->url_of(""), "https://velocity.blob.core.windows.net/cache");
  EXPECT_TRUE(endpoint->is_azure());
  EXPECT_TRUE(endpoint->is_https());
}

TEST(ContainerEndpoint, AnEmulatorHasTheAccountInThePath) {
  const auto endpoint = ContainerEndpoint::create(at("http://127.0.0.1:10000/velocity/"));
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->url_of("a b"), "http://127.0.0.1:10000/velocity/cache/a%20b");
  EXPECT_FALSE(endpoint->is_azure());
  EXPECT_FALSE(endpoint->is_https());
}

TEST(ContainerEndpoint, WhereverTheServiceIsTheSameIsSigned) {
  for (const std::string url : {"", "http://127.0.0.1:10000/velocity", "https://cdn.example"}) {
    EXPECT_EQ(ContainerEndpoint::create(at(url))->canonical_resource("a b"),
              "/blob/velocity/cache/a b");
  }
}

TEST(ContainerEndpoint, OtherCloudsAreAzureAndOtherHostsAreNot) {
  EXPECT_TRUE(
      ContainerEndpoint::create(at("https://velocity.blob.core.chinacloudapi.cn"))->is_azure());
  EXPECT_TRUE(
      ContainerEndpoint::create(at("https://velocity.z6.blob.storage.azure.net"))->is_azure());
  EXPECT_FALSE(ContainerEndpoint::create(at("https://blob.core.windows.net.example"))->is_azure());
}

TEST(ContainerEndpoint, WhatCannotBeANameIsRefused) {
  for (const std::string container :
       {"", "ab", "Cache", "a_b", "-abc", "abc-", "a--b", "a/b", "$root", "a.b"}) {
    EXPECT_FALSE(ContainerEndpoint::create({.account = "velocity", .container = container}))
        << container;
  }
  EXPECT_FALSE(
      ContainerEndpoint::create({.account = "velocity", .container = std::string(64, 'a')}));
  for (const std::string account : {"", "ab", "Velocity", "a-b", "evil.example/"}) {
    EXPECT_FALSE(ContainerEndpoint::create({.account = account, .container = "cache"})) << account;
  }
  for (const std::string url : {"azurite:10000", "ftp://a", "http://u:p@a", "http://a?sig=b"}) {
    EXPECT_FALSE(ContainerEndpoint::create(at(url))) << url;
  }
}

}  // namespace
}  // namespace vc::storage
