#include "wire/problem.hpp"

#include <gtest/gtest.h>

namespace vc::wire {
namespace {

TEST(Problem, EveryErrorCodeSurvivesTheWireAsAStatus) {
  for (const Errc code :
       {Errc::invalid, Errc::unauthenticated, Errc::denied, Errc::not_found, Errc::conflict,
        Errc::too_large, Errc::no_space, Errc::overloaded, Errc::unavailable, Errc::timeout}) {
    EXPECT_EQ(errc_of_status(http_status(code)), code) << http_status(code);
  }
}

TEST(Problem, StatusesThatNoErrorOfOursHasStillMeanSomething) {
  EXPECT_EQ(errc_of_status(409), Errc::conflict);
  EXPECT_EQ(errc_of_status(429), Errc::overloaded);
  EXPECT_EQ(errc_of_status(599), Errc::unavailable);
  EXPECT_EQ(errc_of_status(418), Errc::invalid);
}

TEST(Problem, WhatTheCallerDidWrongIsExplained) {
  const auto problem =
      to_problem({.code = Errc::invalid, .message = "hash must be x", .hint = "send x"});
  EXPECT_EQ(problem.status, 400);
  EXPECT_EQ(problem.detail, "hash must be x");
  EXPECT_EQ(problem.hint, "send x");
}

// B2: an error of the store must not show where the store is.
TEST(Problem, WhatTheServerCouldNotDoNamesNoPath) {
  for (const Errc code : {Errc::io, Errc::no_space, Errc::unavailable, Errc::timeout, Errc::corrupt,
                          Errc::overloaded, Errc::canceled}) {
    const auto problem = to_problem(
        {.code = code, .message = "open /var/lib/velocity/x: Permission denied", .hint = "/var"});
    EXPECT_EQ(to_json(problem).find("/var"), std::string::npos) << problem.code;
    EXPECT_FALSE(problem.detail.empty());
  }
}

TEST(Problem, JsonRoundTrips) {
  const Problem problem{.status = 422,
                        .code = "size_required",
                        .detail = "say \"size\"\n",
                        .hint = "h",
                        .request_id = "r-1"};
  const auto read = parse_problem(422, to_json(problem));
  EXPECT_EQ(read.status, 422);
  EXPECT_EQ(read.code, problem.code);
  EXPECT_EQ(read.detail, problem.detail);
  EXPECT_EQ(read.hint, problem.hint);
  EXPECT_EQ(read.request_id, problem.request_id);
}

TEST(Problem, AnAnswerThatIsNoProblemKeepsItsStatus) {
  for (const std::string_view body : {"<html>Bad Gateway</html>", "", "[]", R"({"code":1})"}) {
    const auto problem = parse_problem(502, body);
    EXPECT_EQ(problem.status, 502);
    EXPECT_EQ(problem.code, "store_unavailable");
    EXPECT_EQ(problem.detail, "");
  }
}

}  // namespace
}  // namespace vc::wire
