#include "agent/selection/shard_timings.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::size_t kTimingsNestingMax = 16;

Result<void> add_timing(const json::value& entry, TaskTimings& timings) {
  const json::object* task = entry.if_object();
  const json::value* label = task == nullptr ? nullptr : task->if_contains("task");
  const json::value* duration = task == nullptr ? nullptr : task->if_contains("duration_ms");
  if (label == nullptr || duration == nullptr || !label->is_string() || !duration->is_int64() ||
      duration->get_int64() < 0) {
    return fail(Errc::invalid,
                "an entry of \"tasks\" is not {\"task\": TEXT, \"duration_ms\": WHOLE NUMBER}");
  }
  if (duration->get_int64() > 0) {
    timings[std::string(label->get_string())] = static_cast<std::uint64_t>(duration->get_int64());
  }
  return {};
}

}  // namespace

Result<void> add_timings(std::string_view text, TaskTimings& timings) {
  boost::system::error_code error;
  const json::value document = json::parse(text, error, {}, {.max_depth = kTimingsNestingMax});
  if (error) {
    return fail(Errc::invalid, "it is not JSON: " + error.message());
  }
  const json::object* root = document.if_object();
  const json::value* tasks = root == nullptr ? nullptr : root->if_contains("tasks");
  if (tasks == nullptr || !tasks->is_array()) {
    return fail(Errc::invalid, "it has no list \"tasks\"",
                "write it with `velocity-cli run TASK --json` or `plan TASK --json`");
  }
  for (const json::value& entry : tasks->get_array()) {
    VC_CHECK(add_timing(entry, timings));
  }
  return {};
}

Result<TaskTimings> read_timings(const std::vector<std::string>& files, const fs::path& directory) {
  TaskTimings timings;
  for (const std::string& file : files) {
    VC_TRY(const std::string text, read_file(directory / file, kTimingsBytesMax));
    if (auto added = add_timings(text, timings); !added) {
      return std::unexpected(std::move(added).error().within(file));
    }
  }
  return timings;
}

}  // namespace vc::agent
