#include "agent/environment_policy.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace vc::agent {

namespace {

using Names = std::span<const std::string_view>;

// Where things are and who runs them: a result that depends on these is not worth a key of its own
// for each machine.
constexpr std::array<std::string_view, 42> kPassed{
    "HOME",
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
    "XDG_*",
    "DOCKER_HOST",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "CARGO_HTTP_PROXY",
    "PIP_CERT",
    "DENO_CERT",
    "BUNDLE_SSL_CA_CERT",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "NIX_SSL_CERT_FILE",
};

// These change what compilers and runtimes produce.
constexpr std::array<std::string_view, 11> kHashed{
    "LANG", "LC_*",   "TZ",       "NODE_ENV",  "NODE_OPTIONS", "CC",
    "CXX",  "CFLAGS", "CXXFLAGS", "RUSTFLAGS", "GOFLAGS"};

// With one of these a command could ask the gateway, in the CI job's name, for more than the build
// was given: they stay with us, whatever velocity.yml says.
constexpr std::array<std::string_view, 11> kNever{"VC_*",
                                                  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                                                  "ACTIONS_ID_TOKEN_REQUEST_URL",
                                                  "BITBUCKET_STEP_OIDC_TOKEN",
                                                  "BUILDKITE_AGENT_ACCESS_TOKEN",
                                                  "CI_JOB_JWT",
                                                  "CI_JOB_JWT_V1",
                                                  "CI_JOB_JWT_V2",
                                                  "CIRCLE_OIDC_TOKEN",
                                                  "CIRCLE_OIDC_TOKEN_V2",
                                                  "SYSTEM_OIDCREQUESTURI"};

// A shell's own bookkeeping, which nobody misses.
constexpr std::array<std::string_view, 3> kUnmissed{"_", "OLDPWD", "SHLVL"};

// `*` stands for any characters, also none.
bool name_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;  // Where the name goes on when the last `*` takes one more.
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

template <class Patterns>
bool any_matches(const Patterns& patterns, std::string_view name) {
  return std::ranges::any_of(patterns,
                             [&](std::string_view pattern) { return name_matches(pattern, name); });
}

// `!NAME` takes from what the same list names, wherever it stands.
bool excludes(const auto& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](std::string_view pattern) {
    return pattern.starts_with('!') && name_matches(pattern.substr(1), name);
  });
}

bool lists(const std::vector<std::string>& patterns, std::string_view name) {
  return any_matches(patterns, name) && !excludes(patterns, name);
}

bool is_declared(const TaskDefinition& task, const Config& config, std::string_view name) {
  return lists(task.env, name) || lists(task.pass_env, name) || lists(config.global_env, name);
}

bool is_passed(const TaskDefinition& task, const Config& config, std::string_view name) {
  return !any_matches(kNever, name) && (any_matches(kPassed, name) || any_matches(kHashed, name) ||
                                        is_declared(task, config, name));
}

template <class Patterns>
void add_names(const Patterns& patterns, const Environment& environment,
               std::set<std::string, std::less<>>& names) {
  for (const std::string_view pattern : patterns) {
    if (pattern.starts_with('!')) {
      continue;
    }
    if (!pattern.contains('*')) {
      if (!excludes(patterns, pattern)) {
        names.emplace(pattern);
      }
      continue;
    }
    for (const auto& [name, value] : environment.all()) {
      if (name_matches(pattern, name) && !excludes(patterns, name)) {
        names.insert(name);
      }
    }
  }
}

}  // namespace

std::vector<HashedVariable> hashed_environment(const TaskDefinition& task, const Config& config,
                                               const Environment& environment) {
  std::set<std::string, std::less<>> names;
  add_names(kHashed, environment, names);
  add_names(config.global_env, environment, names);
  add_names(task.env, environment, names);
  std::vector<HashedVariable> variables;
  for (const std::string& name : names) {
    if (any_matches(kNever, name)) {
      continue;  // The command does not get it, so its value cannot matter.
    }
    const auto value = environment.find(name);
    variables.push_back({.name = name, .value = std::nullopt});
    if (value) {
      variables.back().value = sha256(*value);
    }
  }
  return variables;
}

std::map<std::string, std::string> task_environment(const TaskDefinition& task,
                                                    const Config& config,
                                                    const Environment& environment, EnvMode mode) {
  std::map<std::string, std::string> passed;
  for (const auto& [name, value] : environment.all()) {
    if (mode == EnvMode::loose ? !any_matches(kNever, name) : is_passed(task, config, name)) {
      passed.emplace(name, value);
    }
  }
  return passed;
}

std::vector<std::string> withheld_variables(const TaskDefinition& task, const Config& config,
                                            const Environment& environment) {
  std::vector<std::string> withheld;
  for (const auto& [name, value] : environment.all()) {
    if (!is_passed(task, config, name) && !name.starts_with("VC_") &&
        !any_matches(kUnmissed, name)) {
      withheld.push_back(name);
    }
  }
  return withheld;
}

}  // namespace vc::agent
