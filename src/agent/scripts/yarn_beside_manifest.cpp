// The files beside a manifest that yarn 1 takes fields from.

#include "agent/scripts/yarn_normalised.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::uint64_t kReadmeBytesMax = 1 << 20;
constexpr std::size_t kNamesMax = 10'000;

// Licences that yarn knows to be one, whatever a LICENSE file says.
constexpr std::array<std::string_view, 9> kLicenses{"MIT",          "ISC",          "Apache-2.0",
                                                    "BSD-2-Clause", "BSD-3-Clause", "0BSD",
                                                    "MPL-2.0",      "Unlicense",    "UNLICENSED"};
// By which yarn finds a licence in a text.
constexpr std::array<std::string_view, 9> kLicenseWords{
    "MIT", "BSD", "ISC", "Apache", "WTF", "unlicense", "hereby", "edistribution", "unencumbered"};

// Whether it is `stem` or `stem.*`, in any case.
bool is_called(std::string_view name, std::string_view stem) {
  std::string lower(name.substr(0, stem.size()));
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == stem && (name.size() == stem.size() || name[stem.size()] == '.');
}

// The first paragraph behind the first heading, its lines in one.
std::string description_in(std::string_view readme) {
  std::string description;
  bool is_behind_heading = false;
  std::string_view rest = trimmed(readme);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!is_behind_heading) {
      is_behind_heading = line.starts_with('#');
    } else if (line.empty() && !description.empty()) {
      break;
    } else if (!line.empty()) {
      description += (description.empty() ? "" : " ") + std::string(line);
    }
  }
  return description;
}

// Whether a field is there, to JavaScript's mind.
bool is_told(const json::object& manifest, std::string_view field) {
  const json::value* value = manifest.if_contains(field);
  return value != nullptr && !value->is_null() &&
         !(value->is_string() && value->get_string().empty());
}

Result<void> fill_in_from_readme(json::object& manifest, const fs::path& readme) {
  std::error_code failed;
  if (!fs::is_regular_file(readme, failed)) {
    return fail(Errc::invalid, "the README beside package.json is no file");
  }
  manifest["readmeFilename"] = readme.filename().string();
  const bool has_license = manifest.contains("license");
  if (is_told(manifest, "description") && has_license) {
    return {};
  }
  VC_TRY(const std::string text, read_file(readme, kReadmeBytesMax));
  const bool is_plain = std::ranges::all_of(
      text, [](char c) { return (c >= ' ' && c < '\x7f') || c == '\n' || c == '\t' || c == '\r'; });
  const bool may_name_a_license =
      !has_license && std::ranges::any_of(kLicenseWords, [&](std::string_view word) {
        return text.contains(word);
      });
  if (!is_plain || may_name_a_license) {
    return fail(Errc::invalid, "yarn reads the README beside package.json in its own way");
  }
  if (const std::string description = description_in(text);
      !is_told(manifest, "description") && !description.empty()) {
    manifest["description"] = description;
  }
  return {};
}

}  // namespace

Result<void> fill_in_as_yarn(json::object& manifest, const fs::path& folder) {
  std::vector<fs::path> readmes;
  std::size_t names = 0;
  std::error_code failed;
  const json::value* scripts = manifest.if_contains("scripts");
  const auto has_script = [&](std::string_view script) {
    return scripts != nullptr && scripts->is_object() && is_told(scripts->get_object(), script);
  };
  const json::value* license = manifest.if_contains("license");
  const bool is_licensed =
      license != nullptr && license->is_string() &&
      std::ranges::find(kLicenses, std::string_view(license->get_string())) != kLicenses.end();
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (is_called(name, "readme")) {
      readmes.push_back(entry->path());
    }
    const bool decides =
        is_called(name, "notice") ||
        (!is_licensed && (is_called(name, "license") || is_called(name, "unlicense"))) ||
        (name == "AUTHORS" && !manifest.contains("contributors")) ||
        (name == "server.js" && !has_script("start")) ||
        (name == "binding.gyp" && !has_script("install"));
    if (decides || ++names > kNamesMax) {
      return fail(Errc::invalid, fmt::format("yarn looks at {} too", name));
    }
  }
  if (failed || readmes.size() > 1) {
    return fail(Errc::invalid, "yarn looks at more than package.json");
  }
  return readmes.empty() ? Result<void>() : fill_in_from_readme(manifest, readmes.front());
}

}  // namespace vc::agent
