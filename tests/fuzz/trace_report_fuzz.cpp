// Saved trace reports from strangers: nothing crashes; what parses is written the same again, can
// be shown, and what is proposed for it are patterns that compile.
#include "agent/trace/proposal.hpp"
#include "agent/trace/yaml_addition.hpp"
#include "core/assert.hpp"
#include "core/glob.hpp"

#include <cstdint>

using namespace vc::agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(add_to_yaml(
      text, {.keys = {"pipeline", "build", "inputs"}, .before = {"a"}, .items = {"b"}}));
  const auto report = parse_trace_report(text);
  if (!report) {
    return 0;
  }
  const std::string json = to_json(*report);
  const auto again = parse_trace_report(json);
  VC_ASSERT(again.has_value() && to_json(*again) == json);
  VC_ASSERT(report->findings.empty() == trace_table(*report, 20).empty() || report->left_out > 0);
  for (const bool has_inputs : {true, false}) {
    const Proposal proposal = propose(*report, {.has_inputs = has_inputs, .packages = {"ui"}});
    for (const auto* patterns : {&proposal.inputs, &proposal.outputs, &proposal.global_inputs}) {
      for (const std::string& pattern : *patterns) {
        const auto glob = vc::Glob::compile(pattern);
        // A report may name what no trace does: `..`, or more than a pattern may hold.
        VC_ASSERT(glob.has_value() || pattern.contains("..") || pattern.size() > 1000);
      }
    }
  }
  return 0;
}
