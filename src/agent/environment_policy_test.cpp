#include "agent/environment_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;

class EnvironmentPolicyTest : public ::testing::Test {
 protected:
  std::map<std::string, std::string> passed(EnvMode mode = EnvMode::strict) const {
    return task_environment(task_, config_, environment_, mode);
  }

  // As the key has it: nullopt when it is no part of it.
  std::optional<HashedVariable> hashed(const std::string& name) const {
    const auto all = hashed_environment(task_, config_, environment_);
    const auto found = std::ranges::find(all, name, &HashedVariable::name);
    return found == all.end() ? std::nullopt : std::optional(*found);
  }

  TaskDefinition task_;
  Config config_;
  Environment environment_;
};

TEST_F(EnvironmentPolicyTest, WhatIsNotListedIsWithheld) {
  environment_.set("SECRET_SAUCE", "1");
  environment_.set("HOME", "/root");
  EXPECT_THAT(passed(), ElementsAre(Pair("HOME", "/root")));
  EXPECT_THAT(withheld_variables(task_, config_, environment_), ElementsAre("SECRET_SAUCE"));
}

TEST_F(EnvironmentPolicyTest, TheAllowListIsPassedAndNotHashed) {
  for (const char* name : {"HOME",
                           "USER",
                           "LOGNAME",
                           "SHELL",
                           "PATH",
                           "PWD",
                           "TERM",
                           "COLORTERM",
                           "TMPDIR",
                           "TMP",
                           "TEMP",
                           "CI",
                           "NO_COLOR",
                           "FORCE_COLOR",
                           "SSH_AUTH_SOCK",
                           "XDG_CACHE_HOME",
                           "DOCKER_HOST",
                           "HTTPS_PROXY",
                           "no_proxy",
                           "SSL_CERT_FILE",
                           "NODE_EXTRA_CA_CERTS"}) {
    environment_.set(name, "value");
    EXPECT_THAT(passed(), Contains(Key(name)));
    EXPECT_FALSE(hashed(name)) << name;
  }
  EXPECT_THAT(withheld_variables(task_, config_, environment_), IsEmpty());
}

TEST_F(EnvironmentPolicyTest, WhatChangesCompilersIsPassedAndHashed) {
  for (const char* name : {"LANG", "LC_ALL", "TZ", "NODE_ENV", "NODE_OPTIONS", "CC", "CXX",
                           "CFLAGS", "CXXFLAGS", "RUSTFLAGS", "GOFLAGS"}) {
    environment_.set(name, "value");
    EXPECT_THAT(passed(), Contains(Key(name)));
    ASSERT_TRUE(hashed(name)) << name;
    EXPECT_EQ(hashed(name)->value, sha256("value"));
  }
}

TEST_F(EnvironmentPolicyTest, DeclaredVariablesArePassedAndHashedAsDeclared) {
  task_.env = {"MODE", "VITE_*"};
  task_.pass_env = {"NPM_TOKEN", "AWS_*"};
  config_.global_env = {"STAGE"};
  for (const char* name : {"MODE", "VITE_API", "NPM_TOKEN", "AWS_REGION", "STAGE", "VITE"}) {
    environment_.set(name, "value");
  }
  EXPECT_TRUE(hashed("MODE"));
  EXPECT_TRUE(hashed("VITE_API"));
  EXPECT_TRUE(hashed("STAGE"));
  EXPECT_FALSE(hashed("NPM_TOKEN"));
  EXPECT_FALSE(hashed("AWS_REGION"));
  EXPECT_FALSE(hashed("VITE"));
  EXPECT_THAT(passed(), Contains(Key("NPM_TOKEN")));
  EXPECT_THAT(passed(), Contains(Key("AWS_REGION")));
  EXPECT_THAT(passed(), Contains(Key("STAGE")));
  EXPECT_THAT(withheld_variables(task_, config_, environment_), ElementsAre("VITE"));
}

// B20: these two were one.
TEST_F(EnvironmentPolicyTest, UnsetIsNotTheSameAsEmpty) {
  task_.env = {"MODE"};
  ASSERT_TRUE(hashed("MODE"));
  EXPECT_EQ(hashed("MODE")->value, std::nullopt);
  environment_.set("MODE", "");
  EXPECT_EQ(hashed("MODE")->value, sha256(""));
}

TEST_F(EnvironmentPolicyTest, AVariableBothHashedAndPassedIsHashed) {
  task_.env = {"MODE"};
  task_.pass_env = {"MODE"};
  environment_.set("MODE", "1");
  EXPECT_TRUE(hashed("MODE"));
  task_.env = {"PATH"};
  environment_.set("PATH", "/bin");
  EXPECT_TRUE(hashed("PATH"));
}

TEST_F(EnvironmentPolicyTest, OurVariablesAndTheTokensOfTheCiNeverReachACommand) {
  const std::vector<std::string> names{"VC_AUTH_TOKEN",
                                       "VC_ANYTHING",
                                       "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                                       "ACTIONS_ID_TOKEN_REQUEST_URL",
                                       "CI_JOB_JWT_V2",
                                       "BITBUCKET_STEP_OIDC_TOKEN",
                                       "CIRCLE_OIDC_TOKEN",
                                       "BUILDKITE_AGENT_ACCESS_TOKEN",
                                       "SYSTEM_OIDCREQUESTURI"};
  for (const std::string& name : names) {
    environment_.set(name, "value");
  }
  task_.env = names;
  task_.pass_env = {"VC_*", "ACTIONS_*"};
  config_.global_env = {"*"};
  EXPECT_THAT(passed(EnvMode::strict), IsEmpty());
  EXPECT_THAT(passed(EnvMode::loose), IsEmpty());
  for (const std::string& name : names) {
    EXPECT_FALSE(hashed(name)) << name;
  }
}

TEST_F(EnvironmentPolicyTest, LooseModePassesTheRest) {
  environment_.set("ANYTHING", "1");
  environment_.set("VC_AUTH_TOKEN", "secret");
  EXPECT_THAT(passed(EnvMode::loose), ElementsAre(Pair("ANYTHING", "1")));
}

TEST_F(EnvironmentPolicyTest, OnlyWhatSomebodyMayMissIsReportedAsWithheld) {
  environment_.set("_", "/usr/bin/env");
  environment_.set("SHLVL", "2");
  environment_.set("OLDPWD", "/");
  environment_.set("VC_AUTH_TOKEN", "secret");
  environment_.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret");
  environment_.set("API_URL", "x");
  EXPECT_THAT(withheld_variables(task_, config_, environment_),
              ElementsAre("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "API_URL"));
}

TEST_F(EnvironmentPolicyTest, HashedVariablesAreSortedAndListedOnce) {
  task_.env = {"Z", "A", "Z", "A*"};
  environment_.set("AB", "1");
  environment_.set("A", "1");
  const auto variables = hashed_environment(task_, config_, environment_);
  EXPECT_TRUE(std::ranges::is_sorted(variables, {}, &HashedVariable::name));
  EXPECT_EQ(std::ranges::count(variables, "A", &HashedVariable::name), 1);
  EXPECT_EQ(std::ranges::count(variables, "Z", &HashedVariable::name), 1);
}

TEST_F(EnvironmentPolicyTest, ExclusionsTakeFromTheListTheyStandIn) {
  task_.env = {"!VITE_SECRET", "VITE_*", "MODE", "!MODE", "SERVICE_*_TOKEN"};
  task_.pass_env = {"VITE_SECRET", "!NPM_*", "NPM_TOKEN"};
  for (const char* name :
       {"VITE_A", "VITE_SECRET", "MODE", "SERVICE_A_TOKEN", "SERVICE_TOKEN", "NPM_TOKEN"}) {
    environment_.set(name, "value");
  }
  EXPECT_THAT(withheld_variables(task_, config_, environment_),
              ElementsAre("MODE", "NPM_TOKEN", "SERVICE_TOKEN"));
  std::vector<std::string> hashed;
  for (const HashedVariable& variable : hashed_environment(task_, config_, environment_)) {
    hashed.push_back(variable.name);
  }
  EXPECT_THAT(hashed, testing::IsSupersetOf({"VITE_A", "SERVICE_A_TOKEN"}));
  EXPECT_THAT(hashed, testing::Not(testing::Contains("VITE_SECRET")));
  EXPECT_THAT(hashed, testing::Not(testing::Contains("MODE")));
}

}  // namespace
}  // namespace vc::agent
