#include "gateway/routes.hpp"

#include "gateway/ops_endpoint.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace vc::gateway {
namespace {

Route route_of(std::string_view target) {
  const RouteRow* row = find_route(target);
  return row == nullptr ? Route::none : row->route;
}

TEST(Routes, AreFoundWithAndWithoutAQuery) {
  EXPECT_EQ(route_of("/v1/negotiate"), Route::negotiate);
  EXPECT_EQ(route_of("/v1/negotiate?x=/v1/report"), Route::negotiate);
  EXPECT_EQ(route_of("/v1/negotiate/batch"), Route::negotiate_batch);
  EXPECT_EQ(route_of("/v1/blobs/a/b?expires=1"), Route::blob);
  EXPECT_EQ(route_of("/v1/proxy/blob/k"), Route::proxy_blob);
}

// B2: nothing is decoded or normalised on the way to a route.
TEST(Routes, PathsThatOnlyBecomeARouteByNormalisingAreNone) {
  for (const std::string_view target :
       {"/v1/negotiate/", "//v1/negotiate", "/v1//negotiate", "/v1/./negotiate", "/v1/%6eegotiate",
        "/x/../v1/negotiate", "/V1/negotiate", "v1/negotiate", "", "*", "/", "/v1/blobs/",
        "/v1/proxy/blob/", "/v1/negotiatex", "/health/x"}) {
    EXPECT_EQ(route_of(target), Route::none) << target;
  }
}

TEST(Routes, TheAbsoluteFormIsTheSameTarget) {
  EXPECT_EQ(origin_form("http://h:1/v1/negotiate?x"), "/v1/negotiate?x");
  EXPECT_EQ(origin_form("https://h"), "/");
  EXPECT_EQ(origin_form("/a"), "/a");
}

TEST(Routes, KeysAndQueriesAreCutOutAsTheyAre) {
  const RouteRow& row = *find_route("/v1/proxy/blob/%2e%2e?a=b");
  EXPECT_EQ(rest_of_path(row, "/v1/proxy/blob/%2e%2e?a=b"), "%2e%2e");
  EXPECT_EQ(query_of("/a?b=c?d"), "b=c?d");
  EXPECT_EQ(query_of("/a"), "");
}

TEST(Routes, MethodsMatchWhole) {
  const RouteRow& row = *find_route("/health");
  EXPECT_TRUE(allows(row, "GET"));
  EXPECT_TRUE(allows(row, "HEAD"));
  for (const std::string_view method : {"", "GE", "GET,", "POST", "get", "GET, HEAD", "OPTIONS"}) {
    EXPECT_FALSE(allows(row, method)) << method;
  }
}

TEST(OpenApi, DescribesExactlyTheRoutesThereAre) {
  std::set<std::string> expected;
  for (const RouteRow& row : kRoutes) {
    for (const std::string_view method : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}) {
      if (allows(row, method)) {
        std::string name(method);
        std::ranges::transform(name, name.begin(),
                               [](char c) { return static_cast<char>(c | 32); });
        expected.insert(std::string(row.path_template) + " " + name);
      }
    }
  }
  std::set<std::string> documented;
  const auto document = boost::json::parse(openapi_document());
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      if (operation.key() != "parameters") {
        documented.insert(std::string(path.key()) + " " + std::string(operation.key()));
      }
    }
  }
  EXPECT_EQ(documented, expected);
}

TEST(OpenApi, SaysWhichOperationsNeedNoToken) {
  const auto document = boost::json::parse(openapi_document());
  for (const RouteRow& row : kRoutes) {
    const auto& path = document.at("paths").at(row.path_template).as_object();
    for (const auto& operation : path) {
      if (operation.key() == "parameters") {
        continue;
      }
      const bool open = operation.value().as_object().contains("security");
      EXPECT_EQ(open, row.access != Access::bearer) << row.path_template << operation.key();
    }
  }
}

}  // namespace
}  // namespace vc::gateway
