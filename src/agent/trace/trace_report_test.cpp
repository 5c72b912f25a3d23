#include "agent/trace/trace_report.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

TraceReport sample() {
  return {.task = "web#build",
          .directory = "packages/web",
          .key = "0123",
          .succeeded = true,
          .counts = {.calls = 7, .outside = 3, .unreadable = 1, .dropped = 2},
          .findings = {{.kind = FindingKind::dependency_output, .path = "a", .task = "ui#build"},
                       {.kind = FindingKind::written, .path = "b/c", .created = "b"},
                       {.kind = FindingKind::absent, .path = "d/", .count = 9}}};
}

TEST(TraceReport, ReadsBackWhatWasSaved) {
  const auto directory = TempDir::create();
  ASSERT_TRUE(directory.has_value());
  ASSERT_TRUE(save_trace_report(directory->path(), sample()).has_value());
  const auto loaded = load_trace_report(directory->path(), "web#build");
  ASSERT_TRUE(loaded.has_value() && loaded->has_value());
  EXPECT_EQ(to_json(**loaded), to_json(sample()));
  EXPECT_EQ((*loaded)->findings, sample().findings);
  const auto all = load_trace_reports(directory->path());
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->size(), 1U);
  const auto none = load_trace_report(directory->path(), "api#build");
  EXPECT_TRUE(none.has_value() && !none->has_value());
}

TEST(TraceReport, NamesThatAreNoTextAreShownAsBytes) {
  TraceReport report = sample();
  report.findings = {{.kind = FindingKind::read, .path = "a\xff\n"}};
  const auto parsed = parse_trace_report(to_json(report));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->findings.front().path, R"(a\xff\x0a)");
}

TEST(TraceReport, WhatNoTraceWritesIsRefused) {
  for (const char* text :
       {"", "{}", "[]", R"({"version":2,"task":"a","findings":[]})",
        R"({"version":1,"task":"a","findings":{}})", R"({"version":1,"findings":[]})",
        R"({"version":1,"task":"a","findings":[{"kind":"eaten","path":"x"}]})",
        R"({"version":1,"task":"a","findings":[{"kind":"read","path":"/x"}]})",
        R"({"version":1,"task":"a","findings":[{"kind":"read","path":"x\u001b"}]})",
        R"({"version":1,"task":"a","findings":[{"kind":"read"}]})"}) {
    EXPECT_FALSE(parse_trace_report(text).has_value()) << text;
  }
}

TEST(TraceReport, WhatIsTooMuchIsCounted) {
  TraceReport report = sample();
  report.findings.assign(kFindingsMax + 5,
                         {.kind = FindingKind::written, .path = "a", .count = 2, .created = "b"});
  const auto parsed = parse_trace_report(to_json(report));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->findings.size(), kFindingsMax);
  EXPECT_EQ(parsed->left_out, 5U);
}

TEST(TraceTable, EndsWithHowToSeeTheRest) {
  TraceReport report = sample();
  EXPECT_EQ(trace_table(report, 3),
            "  read     a  made by ui#build, which is not in depends_on\n"
            "  wrote    b/c\n"
            "  absent   d/  (9 paths)\n");
  EXPECT_EQ(trace_table(report, 2),
            "  read     a  made by ui#build, which is not in depends_on\n"
            "  ... and 2 more: velocity-cli trace web#build\n");
  EXPECT_EQ(trace_summary(report),
            "1 output of another task read, 1 file written, 1 absent file looked for");
  report.findings.clear();
  EXPECT_EQ(trace_table(report, 3), "");
}

}  // namespace
}  // namespace vc::agent
