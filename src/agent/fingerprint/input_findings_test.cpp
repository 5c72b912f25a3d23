#include "agent/testing/fingerprint_bench.hpp"
#include "agent/testing/git.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

using ::testing::AllOf;
using testing::FingerprintBench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class InputFindingsTest : public ::testing::Test {
 protected:
  void use_inputs(std::vector<std::string> patterns) {
    bench_.define("build").inputs = FingerprintBench::patterns(std::move(patterns));
  }

  // `count` packages p0, p1, ... with src/x and the task.
  void add_packages(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "p" + std::to_string(i);
      const PackageId id = bench_.add_package(name, name);
      bench_.write(name + "/src/x", "1");
      bench_.add_task(id, "build");
    }
  }

  std::vector<std::string> warnings() {
    std::vector<std::string> texts;
    for (const Diagnostic& warning : bench_.must_run().warnings) {
      EXPECT_EQ(warning.severity, Severity::warning);
      texts.push_back(render(warning));
    }
    return texts;
  }

  FingerprintBench bench_;
};

TEST_F(InputFindingsTest, WhereAllIsWellNothingIsSaid) {
  use_inputs({"src/**", "package.json", "!src/*.test"});
  add_packages(2);
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(InputFindingsTest, APatternThatMatchesNothingIsAWarningWithItsPosition) {
  use_inputs({"src/**", "test/**"});
  add_packages(5);
  const auto texts = warnings();
  ASSERT_EQ(texts.size(), 1U) << "one, not one a package";
  EXPECT_THAT(texts[0], AllOf(HasSubstr("velocity.yml:11:9"), HasSubstr("VC0404"),
                              HasSubstr("\"test/**\""), HasSubstr("and 2 more")));
}

TEST_F(InputFindingsTest, APatternThatMatchesInSomePackageIsNoMistake) {
  use_inputs({"src/**", "test/**"});
  add_packages(3);
  bench_.write("p1/test/y", "1");
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(InputFindingsTest, APatternAfterWhichAnotherDecidesHasMatchedToo) {
  use_inputs({"package.json", "**"});
  add_packages(1);
  EXPECT_THAT(warnings(), IsEmpty());
}

// B17: such a task would be a hit for ever after.
TEST_F(InputFindingsTest, WhenAllPatternsMatchNothingThatIsAnErrorWithItsPosition) {
  use_inputs({"source/**", "lib/**"});
  add_packages(1);
  EXPECT_THAT(bench_.errors(),
              AllOf(HasSubstr("velocity.yml:10:9"), HasSubstr("VC0403"), HasSubstr("p0")));
}

TEST_F(InputFindingsTest, OnePackageWithoutAnyInputIsAnErrorThatNamesIt) {
  use_inputs({"src/**"});
  add_packages(3);
  fs::remove_all(bench_.root() / "p1/src");
  EXPECT_THAT(bench_.errors(), AllOf(HasSubstr("VC0403"), HasSubstr(" p1"), Not(HasSubstr("p0"))));
}

TEST_F(InputFindingsTest, WhatADependencyWillMakeNeedNotBeThereYet) {
  bench_.define("build").outputs.patterns = {"dist/**"};
  bench_.define("test").inputs = FingerprintBench::patterns({"dist/**"});
  const PackageId id = bench_.add_package("a", "a");
  bench_.add_task(id, "build");
  bench_.add_task(id, "test", {0});
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(InputFindingsTest, ConfigurationOutsideTheInputsIsOneWarningATask) {
  use_inputs({"src/**"});
  add_packages(1000);
  for (int i = 0; i < 1000; ++i) {
    bench_.write("p" + std::to_string(i) + "/tsconfig.json", "{}");
  }
  bench_.write("p7/vite.config.ts", "");
  const auto texts = warnings();
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0], AllOf(HasSubstr("VC0405"), HasSubstr("tsconfig.json, vite.config.ts"),
                              HasSubstr("and 997 more")));
  EXPECT_LT(texts[0].size(), 500U);
}

TEST_F(InputFindingsTest, EveryKnownNameOfAConfigurationFileIsKnown) {
  use_inputs({"src/**"});
  add_packages(1);
  for (const char* name :
       {"tsconfig.json", "tsconfig.build.json", "babel.config.js", "vite.config.mts",
        "webpack.config.js", "jest.config.ts", "vitest.config.ts", ".eslintrc", ".eslintrc.cjs",
        "Makefile", "CMakeLists.txt"}) {
    bench_.write(std::string("p0/") + name, "");
    const auto texts = warnings();
    ASSERT_EQ(texts.size(), 1U) << name;
    EXPECT_THAT(texts[0], HasSubstr(name));
    fs::remove(bench_.root() / "p0" / name);
  }
  for (const char* name : {"tsconfig.txt", "Makefile.bak", "config.js", "tsconfig"}) {
    bench_.write(std::string("p0/") + name, "");
  }
  bench_.write("p0/deep/tsconfig.json", "");
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(InputFindingsTest, ConfigurationThatIsNamedExcludedOrGlobalIsNotReported) {
  add_packages(0);
  use_inputs({"src/**", "tsconfig.json", "!Makefile"});
  add_packages(1);
  for (const char* name : {"tsconfig.json", "Makefile", "jest.config.js"}) {
    bench_.write(std::string("p0/") + name, "");
  }
  bench_.config.global_inputs = {"*/jest.config.js"};
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(InputFindingsTest, DefaultInputsLeaveNothingOut) {
  bench_.define("build");
  add_packages(1);
  bench_.write("p0/tsconfig.json", "{}");
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(InputFindingsTest, AGlobalPatternThatMatchesNothingIsAWarning) {
  use_inputs({"src/**"});
  add_packages(1);
  bench_.config.global_inputs = {"nothing/**", "p0/src/**"};
  const auto texts = warnings();
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0], AllOf(HasSubstr("global_inputs"), HasSubstr("nothing/**")));
}

TEST_F(InputFindingsTest, AnUnreadableGitIndexIsAWarning) {
  bench_.define("build");
  add_packages(1);
  testing::git(bench_.root(), "init -q");
  bench_.write(".git/index", "damaged");
  const auto texts = warnings();
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0], HasSubstr("VC0407"));
}

TEST_F(InputFindingsTest, ManyProblemsAreCountedNotListed) {
  use_inputs({"src/**"});
  add_packages(1);
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(::mkfifo((bench_.root() / "p0/src" / std::to_string(i)).c_str(), 0600), 0);
  }
  const auto result = bench_.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(std::ranges::count(result.error(), 402, &Diagnostic::code), 20);
  EXPECT_THAT(render(result.error()), HasSubstr("and 10 more"));
}

}  // namespace
}  // namespace vc::agent
