#include "agent/commands/provenance.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

TEST(Provenance, IsWhatTheCiSystemSays) {
  Environment environment;
  EXPECT_TRUE(provenance_of(environment).empty());
  environment.set("CI_PROJECT_PATH", "group/project");
  environment.set("CI_COMMIT_SHA", "abc");
  environment.set("CI_COMMIT_REF_NAME", "");
  EXPECT_EQ(provenance_of(environment), (std::map<std::string, std::string>{
                                            {"repository", "group/project"}, {"commit", "abc"}}));
}

}  // namespace
}  // namespace vc::agent
