#include "agent/fingerprint/tool_cache.hpp"

#include "agent/tool_runner.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kHeading = "velocity tools 1\n";

// Takes one entry off the front of `rest`.
std::optional<std::pair<Digest, std::string>> take_entry(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos || end < Digest::kHexSize + 2 ||
      rest[Digest::kHexSize] != ' ') {
    return std::nullopt;
  }
  const auto key = Digest::parse(rest.substr(0, Digest::kHexSize));
  std::size_t bytes = 0;
  const char* const number_end = rest.data() + end;
  const auto [parsed, error] =
      std::from_chars(rest.data() + Digest::kHexSize + 1, number_end, bytes);
  rest.remove_prefix(end + 1);
  if (!key || error != std::errc{} || parsed != number_end || bytes > kToolOutputBytesMax ||
      bytes + 1 > rest.size() || rest[bytes] != '\n') {
    return std::nullopt;
  }
  std::pair<Digest, std::string> entry(*key, rest.substr(0, bytes));
  rest.remove_prefix(bytes + 1);
  return entry;
}

std::map<Digest, std::string> parse(std::string_view text) {
  if (!text.starts_with(kHeading) || text.size() < kHeading.size() + Digest::kHexSize) {
    return {};
  }
  const std::string_view body = text.substr(0, text.size() - Digest::kHexSize);
  if (sha256(body).hex() != text.substr(body.size())) {
    return {};
  }
  std::map<Digest, std::string> outputs;
  std::string_view rest = body.substr(kHeading.size());
  while (!rest.empty()) {
    auto entry = take_entry(rest);
    if (!entry) {
      return {};
    }
    outputs.insert(*std::move(entry));
  }
  return outputs;
}

}  // namespace

ToolCache ToolCache::load(fs::path file) {
  ToolCache cache(std::move(file));
  if (const auto text = read_file(cache.file_)) {
    cache.outputs_ = parse(*text);
  }
  return cache;
}

std::optional<std::string> ToolCache::find(const Digest& key) const {
  const auto found = outputs_.find(key);
  return found == outputs_.end() ? std::nullopt : std::optional(found->second);
}

void ToolCache::record(const Digest& key, std::string output) {
  if (outputs_.size() >= kToolCacheEntriesMax) {
    outputs_.clear();
  }
  outputs_.insert_or_assign(key, std::move(output));
  unsaved_ = true;
}

Result<void> ToolCache::save() {
  if (!unsaved_) {
    return {};
  }
  std::string text(kHeading);
  for (const auto& [key, output] : outputs_) {
    text += key.hex() + " " + std::to_string(output.size()) + "\n" + output + "\n";
  }
  text += sha256(text).hex();
  VC_CHECK(write_file_atomically(file_, text));
  unsaved_ = false;
  return {};
}

}  // namespace vc::agent
