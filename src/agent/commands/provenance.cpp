#include "agent/commands/provenance.hpp"

#include <array>
#include <string_view>

namespace vc::agent {

namespace {

struct Source {
  std::string_view field;
  std::string_view variable;
};

// GitHub Actions, GitLab CI, Buildkite, Jenkins; the first that is set wins.
constexpr std::array kSources{
    Source{"repository", "GITHUB_REPOSITORY"},
    Source{"repository", "CI_PROJECT_PATH"},
    Source{"repository", "BUILDKITE_REPO"},
    Source{"repository", "GIT_URL"},
    Source{"ref", "GITHUB_REF"},
    Source{"ref", "CI_COMMIT_REF_NAME"},
    Source{"ref", "BUILDKITE_BRANCH"},
    Source{"ref", "GIT_BRANCH"},
    Source{"commit", "GITHUB_SHA"},
    Source{"commit", "CI_COMMIT_SHA"},
    Source{"commit", "BUILDKITE_COMMIT"},
    Source{"commit", "GIT_COMMIT"},
    Source{"run", "GITHUB_RUN_ID"},
    Source{"run", "CI_PIPELINE_ID"},
    Source{"run", "BUILDKITE_BUILD_ID"},
    Source{"run", "BUILD_TAG"},
};

}  // namespace

std::map<std::string, std::string> provenance_of(const Environment& environment) {
  std::map<std::string, std::string> out;
  for (const Source& source : kSources) {
    const auto value = environment.find(source.variable);
    if (value && !value->empty()) {
      out.try_emplace(std::string(source.field), *value);
    }
  }
  return out;
}

}  // namespace vc::agent
