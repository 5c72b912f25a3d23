#include "agent/config/dependency_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::expected<Config, Diagnostics> with_dependencies(std::string_view list) {
  return parse_config("version: 1\npipeline:\n  build:\n    command: x\n    depends_on: " +
                          std::string(list) + "\n",
                      "/w/velocity.yml", {});
}

std::vector<DependencyPattern> dependencies_of(std::string_view list) {
  const auto config = with_dependencies(list);
  EXPECT_TRUE(config) << (config ? "" : render(config.error()));
  return config ? config->pipeline.at("build").depends_on : std::vector<DependencyPattern>();
}

std::string mistakes_of(std::string_view list) {
  const auto config = with_dependencies(list);
  return config ? "" : render(config.error());
}

TEST(DependencyReader, ATextIsADependencyOnInputs) {
  const auto found = dependencies_of("[gen, ^build, \"a#build\"]");
  ASSERT_EQ(found.size(), 3U);
  for (const DependencyPattern& each : found) {
    EXPECT_EQ(each.on, DependencyOn::inputs);
  }
  EXPECT_EQ(written_form(found[0]), "gen");
  EXPECT_EQ(written_form(found[1]), "^build");
  EXPECT_EQ(written_form(found[2]), "a#build");
}

TEST(DependencyReader, AMapSaysWhatCounts) {
  const auto found = dependencies_of(
      "[{task: ^build, on: outputs}, {task: gen, on: inputs}, {task: \"a#build\"}]");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].on, DependencyOn::outputs);
  EXPECT_EQ(found[0].kind, DependencyPattern::Kind::dependencies);
  EXPECT_EQ(found[0].at.line, 5);
  EXPECT_EQ(found[1].on, DependencyOn::inputs);
  EXPECT_EQ(found[2].on, DependencyOn::inputs);
  EXPECT_EQ(found[2].package, "a");
}

TEST(DependencyReader, UnknownWordsAreErrorsWithTheirPlaceAndWhatWasMeant) {
  EXPECT_THAT(mistakes_of("[{task: ^build, on: output}]"),
              testing::AllOf(HasSubstr("velocity.yml:5:37: error[VC0111]: \"on\" is \"output\""),
                             HasSubstr("help: did you mean \"outputs\"?")));
  EXPECT_THAT(mistakes_of("[{task: ^build, on: everything}]"),
              HasSubstr("help: write inputs (the default: all it is made of) or outputs"));
  EXPECT_THAT(mistakes_of("[{task: ^build, no: outputs}]"),
              testing::AllOf(HasSubstr("error[VC0107]: unknown key \"no\""),
                             HasSubstr("did you mean \"on\"?")));
}

TEST(DependencyReader, WhatIsNoDependencyIsAnError) {
  EXPECT_THAT(mistakes_of("[{on: outputs}]"),
              HasSubstr("error[VC0109]: an item of \"depends_on\" names no task"));
  EXPECT_THAT(mistakes_of("[{task: ^build, task: gen}]"), HasSubstr("error[VC0108]"));
  EXPECT_THAT(mistakes_of("[{task: \"^\", on: outputs}]"), HasSubstr("error[VC0118]"));
  EXPECT_THAT(mistakes_of("[{task: [^build], on: outputs}]"), HasSubstr("error[VC0105]"));
  EXPECT_THAT(mistakes_of("[{task: ^build, on: [outputs]}]"), HasSubstr("error[VC0105]"));
  EXPECT_THAT(mistakes_of("[[^build]]"), HasSubstr("must be a task"));
  EXPECT_THAT(mistakes_of("[~]"), HasSubstr("must be a task"));
  EXPECT_THAT(mistakes_of("{task: ^build, on: outputs}"), HasSubstr("must be a list"));
  EXPECT_THAT(mistakes_of("[{}]"), HasSubstr("names no task"));
  EXPECT_THAT(mistakes_of("[]"), IsEmpty());
}

}  // namespace
}  // namespace vc::agent
