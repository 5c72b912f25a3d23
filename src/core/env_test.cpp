#include "core/env.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace vc {
namespace {

using testing::HasSubstr;

const Environment kEnvironment({{"HOST", "cache"}, {"EMPTY", ""}, {"NESTED", "${HOST}"}});

std::string expanded(std::string_view text) {
  const auto result = kEnvironment.expand(text);
  EXPECT_TRUE(result.has_value()) << text << ": " << (result ? "" : result.error().message);
  return result.value_or("");
}

std::string error_of(std::string_view text) {
  const auto result = kEnvironment.expand(text);
  if (result) {
    ADD_FAILURE() << text << " gave " << *result;
    return "";
  }
  EXPECT_EQ(result.error().code, Errc::invalid);
  return result.error().message;
}

TEST(Expand, VariablesAndDefaults) {
  EXPECT_EQ(expanded(""), "");
  EXPECT_EQ(expanded("http://${HOST}:80"), "http://cache:80");
  EXPECT_EQ(expanded("${HOST}${HOST}"), "cachecache");
  EXPECT_EQ(expanded("${UNSET:-x}"), "x");
  EXPECT_EQ(expanded("${UNSET:-}"), "");
  EXPECT_EQ(expanded("${EMPTY:-x}"), "x");
  EXPECT_EQ(expanded("${HOST:-x}"), "cache");
  EXPECT_EQ(expanded("${UNSET:-a:-b$c}"), "a:-b$c");
  EXPECT_EQ(expanded("${EMPTY}"), "");
}

// B26: everything that is not exactly our syntax stays as it was.
TEST(Expand, OtherDollarsStay) {
  EXPECT_EQ(expanded("awk '{print $1}'"), "awk '{print $1}'");
  EXPECT_EQ(expanded("$HOST"), "$HOST");
  EXPECT_EQ(expanded("cost: 5$"), "cost: 5$");
  EXPECT_EQ(expanded("$(date)"), "$(date)");
  EXPECT_EQ(expanded("$$"), "$");
  EXPECT_EQ(expanded("$${HOST}"), "${HOST}");
  EXPECT_EQ(expanded("$$$${HOST}"), "$${HOST}");
  EXPECT_EQ(expanded("$$${HOST}"), "$cache");
}

TEST(Expand, WhatAVariableHoldsIsNotExpandedAgain) {
  EXPECT_EQ(expanded("${NESTED}"), "${HOST}");
}

TEST(Expand, AnUnsetVariableIsAnErrorThatNamesIt) {
  EXPECT_THAT(error_of("a ${VC_AUTH_TOKEN} b"), HasSubstr("VC_AUTH_TOKEN is not set"));
}

TEST(Expand, MalformedReferencesAreErrors) {
  EXPECT_THAT(error_of("${HOST"), HasSubstr("\"}\""));
  EXPECT_THAT(error_of("${"), HasSubstr("\"}\""));
  EXPECT_THAT(error_of("${}"), HasSubstr("${}"));
  EXPECT_THAT(error_of("${1A}"), HasSubstr("${1A}"));
  EXPECT_THAT(error_of("${A B}"), HasSubstr("${A B}"));
  EXPECT_THAT(error_of("${HOST-x}"), HasSubstr("${HOST-x}"));
  EXPECT_THAT(error_of("${HOST:?x}"), HasSubstr("${HOST:?x}"));
  EXPECT_THAT(error_of("${A:-${HOST}}"), HasSubstr("nesting"));
}

TEST(Environment, UnsetAndSetToNothingDiffer) {
  EXPECT_EQ(kEnvironment.find("EMPTY"), "");
  EXPECT_EQ(kEnvironment.find("UNSET"), std::nullopt);
  EXPECT_EQ(kEnvironment.find("HOS"), std::nullopt);
}

TEST(Environment, SetReplacesAndUnsetRemoves) {
  Environment environment;
  environment.set("A", "1");
  environment.set("A", "2");
  EXPECT_EQ(environment.find("A"), "2");
  environment.unset("A");
  environment.unset("A");
  EXPECT_TRUE(environment.all().empty());
}

TEST(Environment, OfTheProcessIsASnapshot) {
  ASSERT_EQ(::setenv("VC_TEST_SNAPSHOT", "a=b", 1), 0);
  const Environment environment = Environment::of_process();
  ASSERT_EQ(::unsetenv("VC_TEST_SNAPSHOT"), 0);
  EXPECT_EQ(environment.find("VC_TEST_SNAPSHOT"), "a=b");
  EXPECT_EQ(Environment::of_process().find("VC_TEST_SNAPSHOT"), std::nullopt);
}

}  // namespace
}  // namespace vc
