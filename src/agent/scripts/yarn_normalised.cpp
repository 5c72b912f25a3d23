#include "agent/scripts/yarn_normalised.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace vc::agent {

namespace {

namespace json = boost::json;

// A field that has to be repaired or guessed at, when it is there.
constexpr std::array<std::string_view, 7> kUnusual{
    "bundledDependencies", "licenses",       "man",       "readme",
    "licenseText",         "readmeFilename", "noticeText"};
// In the order in which a name in two of them counts.
constexpr std::array<std::string_view, 3> kOwnDependencies{"optionalDependencies", "dependencies",
                                                           "devDependencies"};
constexpr std::array<std::string_view, 2> kOtherDependencies{"peerDependencies", "resolutions"};

auto unusual(std::string_view field) {
  return fail(Errc::invalid, fmt::format("package.json has a \"{}\" that yarn rewrites", field));
}

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool is_plain_name(std::string_view name) {
  if (name.starts_with('@')) {
    const std::size_t slash = name.find('/');
    return slash != std::string_view::npos && !name.substr(1).starts_with('@') &&
           is_plain_name(name.substr(1, slash - 1)) && is_plain_name(name.substr(slash + 1));
  }
  return !name.empty() && is_alphanumeric(name.front()) && name != "node_modules" &&
         name != "favicon.ico" && std::ranges::all_of(name, [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
         });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 16 &&
         std::ranges::all_of(
             text, [](char c) { return c >= '0' && c <= '9'; }) &&
         (text == "0" || text.front() != '0');
}

// "1.2.3" and "1.2.3-beta.1", which yarn leaves as they are.
bool is_plain_version(std::string_view version) {
  const std::size_t dash = std::min(version.find('-'), version.size());
  std::string_view numbers = version.substr(0, dash);
  for (int part = 0; part < 3; ++part) {
    const std::size_t dot = std::min(numbers.find('.'), numbers.size());
    if (!is_number(numbers.substr(0, dot)) || (part < 2) != (dot < numbers.size())) {
      return false;
    }
    numbers.remove_prefix(std::min(dot + 1, numbers.size()));
  }
  std::string_view rest = version.substr(dash);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, dot);
    const bool is_word = !part.empty() && std::isdigit(static_cast<unsigned char>(part[0])) == 0 &&
                         std::ranges::all_of(part, [](char c) { return is_alphanumeric(c); });
    if (!is_word && !is_number(part)) {
      return false;
    }
    rest.remove_prefix(dot);
  }
  return true;
}

// An empty text for one that is missing.
Result<void> normalise_name_and_version(json::object& manifest) {
  for (const std::string_view field : {"name", "version"}) {
    json::value& value = manifest[field];
    if (value.is_null()) {
      value = "";
      continue;
    }
    const json::string* text = value.if_string();
    const bool is_plain =
        text != nullptr &&
        (text->empty() || (field == "name" ? is_plain_name(*text) : is_plain_version(*text)));
    if (!is_plain) {
      return unusual(field);
    }
  }
  return {};
}

Result<void> normalise_people(json::object& manifest) {
  if (json::value* author = manifest.if_contains("author");
      author != nullptr && !author->is_null()) {
    auto person = normalised_person(*author);
    if (!person) {
      return unusual("author");
    }
    *author = *std::move(person);
  }
  for (const std::string_view field : {"contributors", "maintainers"}) {
    json::value* people = manifest.if_contains(field);
    if (people == nullptr) {
      continue;
    }
    if (!people->is_array()) {
      return unusual(field);
    }
    for (json::value& one : people->get_array()) {
      auto person = normalised_person(one);
      if (!person) {
        return unusual(field);
      }
      one = *std::move(person);
    }
  }
  return {};
}

// Not a shorthand such as "owner/name" or "github:owner/name".
bool is_whole_url(std::string_view url) {
  return std::ranges::any_of(
      std::array<std::string_view, 5>{"https://", "http://", "git://", "git+", "ssh://"},
      [&](std::string_view scheme) { return url.starts_with(scheme); });
}

// "https://host/path", to which yarn adds nothing but the slash of an empty path.
std::optional<std::string> normalised_homepage(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const std::size_t slash = std::min(url.find('/', scheme), url.size());
  const auto is_of_host = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  const auto is_of_path = [](char c) {
    return is_alphanumeric(c) || std::string_view("/-._~#?=&").contains(c);
  };
  if (scheme == 0 || slash == scheme ||
      !std::ranges::all_of(url.substr(scheme, slash - scheme), is_of_host) ||
      !std::ranges::all_of(url.substr(slash), is_of_path)) {
    return std::nullopt;
  }
  return std::string(url) + (slash == url.size() ? "/" : "");
}

Result<void> normalise_links(json::object& manifest) {
  if (json::value* repository = manifest.if_contains("repository"); repository != nullptr) {
    if (repository->is_string()) {
      *repository = json::object{{"type", "git"}, {"url", *repository}};
    }
    const json::object* fields = repository->if_object();
    const json::value* url = fields == nullptr ? nullptr : fields->if_contains("url");
    if (url == nullptr || !url->is_string() || !is_whole_url(url->get_string())) {
      return unusual("repository");
    }
  }
  if (json::value* bugs = manifest.if_contains("bugs"); bugs != nullptr && bugs->is_string()) {
    *bugs = json::object{{"url", *bugs}};
  }
  if (json::value* homepage = manifest.if_contains("homepage"); homepage != nullptr) {
    auto url = homepage->is_string() ? normalised_homepage(homepage->get_string()) : std::nullopt;
    if (!url) {
      return unusual("homepage");
    }
    *homepage = *std::move(url);
  }
  return {};
}

Result<void> normalise_programs(json::object& manifest) {
  json::value* bin = manifest.if_contains("bin");
  if (bin == nullptr) {
    return {};
  }
  if (const json::string* path = bin->if_string()) {
    const json::value* own = manifest.if_contains("name");
    if (own == nullptr || !own->is_string() || own->get_string().empty() || path->empty()) {
      return unusual("bin");
    }
    std::string_view name = own->get_string();
    name.remove_prefix(name.starts_with('@') ? name.find('/') + 1 : 0);
    if (name.empty()) {
      return unusual("bin");
    }
    *bin = json::object{{name, *path}};
  }
  if (!bin->is_object()) {
    return unusual("bin");
  }
  for (auto& [name, target] : bin->get_object()) {
    const std::string_view path = target.is_string() ? std::string_view(target.get_string()) : "";
    const fs::path normal = fs::path(path).lexically_normal();
    if (!is_plain_name(name) || path.empty() || path.starts_with('/') || path.ends_with('/') ||
        path.contains('\\') || normal.begin()->string().starts_with("..") || normal == ".") {
      return unusual("bin");
    }
    target = normal.string();
  }
  return {};
}

// Yarn rewrites paths, and drops what stands in two places.
Result<void> check_dependencies(const json::object& manifest) {
  std::set<std::string_view> seen;
  const auto check = [&](std::string_view field, bool is_own) {
    const json::value* dependencies = manifest.if_contains(field);
    if (dependencies == nullptr || dependencies->is_null()) {
      return true;
    }
    return dependencies->is_object() &&
           std::ranges::all_of(dependencies->get_object(), [&](const auto& dependency) {
             const json::string* range = dependency.value().if_string();
             return dependency.key() != "//" && range != nullptr && !range->starts_with('/') &&
                    !range->starts_with("file:") && !range->starts_with("link:") &&
                    (!is_own || seen.insert(dependency.key()).second);
           });
  };
  for (const std::string_view field : kOwnDependencies) {
    if (!check(field, true)) {
      return unusual(field);
    }
  }
  for (const std::string_view field : kOtherDependencies) {
    if (!check(field, false)) {
      return unusual(field);
    }
  }
  return {};
}

Result<void> normalise_the_rest(json::object& manifest) {
  for (const std::string_view field : kUnusual) {
    if (manifest.contains(field)) {
      return unusual(field);
    }
  }
  for (const std::string_view field : {"keywords", "engines"}) {
    const json::value* value = manifest.if_contains(field);
    if (value != nullptr && value->is_array() != (field == "keywords")) {
      return unusual(field);
    }
  }
  if (const json::value* scripts = manifest.if_contains("scripts");
      scripts != nullptr && !scripts->is_object()) {
    return unusual("scripts");
  }
  if (const json::value* folders = manifest.if_contains("directories"); folders != nullptr) {
    if (!folders->is_object() || folders->get_object().contains("man")) {
      return unusual("directories");
    }
    manifest.erase("directories");
  }
  if (const json::value* license = manifest.if_contains("license"); license != nullptr) {
    const json::string* text = license->if_string();
    if (text == nullptr || *text == "X11" || *text == "MIT/X11") {
      return unusual("license");
    }
  }
  return {};
}

}  // namespace

Result<void> normalise_as_yarn(json::object& manifest) {
  VC_CHECK(normalise_name_and_version(manifest));
  VC_CHECK(normalise_people(manifest));
  VC_CHECK(normalise_links(manifest));
  VC_CHECK(normalise_programs(manifest));
  VC_CHECK(check_dependencies(manifest));
  return normalise_the_rest(manifest);
}

}  // namespace vc::agent
