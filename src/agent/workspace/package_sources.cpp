#include "agent/workspace/package_sources.hpp"

#include "agent/config/optional_file.hpp"
#include "agent/config/yaml_document.hpp"
#include "agent/config/yaml_reader.hpp"
#include "core/result.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kPnpmFile = "pnpm-workspace.yaml";
constexpr std::array<std::string_view, 3> kUsualFolders{"apps/*", "libs/*", "packages/*"};

PackageSource of_config(const PatternList& packages) {
  PackageSource source{.evidence = Evidence::any_content, .must_find_each = true};
  for (std::size_t i = 0; i < packages.patterns.size(); ++i) {
    if (packages.patterns[i] == ".") {
      source.root_is_listed = true;
    } else {
      source.patterns.push_back({.text = packages.patterns[i], .at = packages.positions[i]});
    }
  }
  return source;
}

// The `packages` of pnpm-workspace.yaml; pnpm's settings beside them are none of our business.
std::expected<std::optional<std::vector<PackagePattern>>, Diagnostics> read_pnpm(
    const fs::path& root) {
  const std::string file(kPnpmFile);
  VC_TRY(const std::optional<std::string> text, read_optional_file(root, file, kConfigBytesMax));
  if (!text) {
    return std::nullopt;
  }
  const SourceText source(file, *text);
  const auto document = YamlDocument::parse(source);
  if (!document) {
    return std::unexpected(Diagnostics{document.error()});
  }
  if (document->root().kind == YamlNode::Kind::null) {
    return std::nullopt;
  }
  YamlReader reader(source, *document);
  std::optional<std::vector<PackagePattern>> patterns;
  for (const YamlEntry& entry : reader.map(document->root(), kPnpmFile)) {
    if (entry.key != "packages") {
      continue;
    }
    // pnpm excludes wherever the exclusion stands in its list, we what stands before it.
    patterns.emplace();
    std::vector<PackagePattern> exclusions;
    for (YamlText& item : reader.texts(entry).value_or(std::vector<YamlText>())) {
      auto& list = item.text.starts_with('!') ? exclusions : *patterns;
      list.push_back({.text = std::move(item.text), .at = std::move(item.at)});
    }
    std::ranges::move(exclusions, std::back_inserter(*patterns));
  }
  if (reader.failed()) {
    return std::unexpected(std::move(reader).take_found());
  }
  return patterns;
}

}  // namespace

std::expected<PackageSource, Diagnostics> package_source(
    const Config& config, const std::optional<Manifest>& root_manifest) {
  if (config.packages) {
    return of_config(*config.packages);
  }
  VC_TRY(const std::optional<std::vector<PackagePattern>> pnpm, read_pnpm(config.root));
  const auto npm =
      root_manifest ? root_manifest->workspaces : std::optional<std::vector<std::string>>();
  PackageSource source;
  if (!npm && !pnpm && config.turbo != nullptr) {
    return source;  // Without workspaces Turborepo sees one package.
  }
  if (!npm && !pnpm) {
    for (const std::string_view folder : kUsualFolders) {
      source.patterns.push_back({.text = std::string(folder)});
    }
    source.is_guess = true;
    return source;
  }
  source.evidence = Evidence::package_json;
  if (npm) {
    for (const std::string& pattern : *npm) {
      source.patterns.push_back({.text = pattern, .at = {.file = "package.json"}});
    }
  }
  if (pnpm) {
    source.patterns.insert(source.patterns.end(), pnpm->begin(), pnpm->end());
  }
  // Here "." does not make the root a package: its scripts are usually what starts the whole build.
  std::erase_if(source.patterns, [](const PackagePattern& pattern) {
    return pattern.text == "." || pattern.text == "./";
  });
  return source;
}

}  // namespace vc::agent
