#include "agent/turbo/frameworks.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vc::agent {

namespace {

struct Framework {
  std::string_view package;
  std::string_view variables;
};

constexpr std::array kFrameworks{
    Framework{.package = "blitz", .variables = "NEXT_PUBLIC_*"},
    Framework{.package = "next", .variables = "NEXT_PUBLIC_*"},
    Framework{.package = "gatsby", .variables = "GATSBY_*"},
    Framework{.package = "astro", .variables = "PUBLIC_*"},
    Framework{.package = "solid-start", .variables = "VITE_*"},
    Framework{.package = "@solidjs/start", .variables = "VITE_*"},
    Framework{.package = "@vue/cli-service", .variables = "VUE_APP_*"},
    Framework{.package = "@sveltejs/kit", .variables = "VITE_*"},
    Framework{.package = "@sveltejs/kit", .variables = "PUBLIC_*"},
    Framework{.package = "react-scripts", .variables = "REACT_APP_*"},
    Framework{.package = "react-dev-utils", .variables = "REACT_APP_*"},
    Framework{.package = "nitropack", .variables = "NITRO_*"},
    Framework{.package = "nuxt", .variables = "NUXT_*"},
    Framework{.package = "nuxt", .variables = "NITRO_*"},
    Framework{.package = "@redwoodjs/core", .variables = "REDWOOD_ENV_*"},
    Framework{.package = "vite", .variables = "VITE_*"},
    Framework{.package = "@sanity/cli", .variables = "SANITY_STUDIO_*"},
    Framework{.package = "sanity", .variables = "SANITY_STUDIO_*"},
    Framework{.package = "expo", .variables = "EXPO_PUBLIC_*"},
    Framework{.package = "@remix-run/dev", .variables = "REMIX_*"},
};

}  // namespace

std::vector<std::string> framework_variables(const std::vector<ManifestDependency>& dependencies) {
  std::vector<std::string> variables;
  for (const Framework& framework : kFrameworks) {
    if (std::ranges::find(dependencies, framework.package, &ManifestDependency::name) !=
            dependencies.end() &&
        std::ranges::find(variables, framework.variables) == variables.end()) {
      variables.emplace_back(framework.variables);
    }
  }
  return variables;
}

bool is_framework_variable(std::string_view pattern) {
  return std::ranges::find(kFrameworks, pattern, &Framework::variables) != kFrameworks.end();
}

}  // namespace vc::agent
