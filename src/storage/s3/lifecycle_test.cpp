#include "storage/s3/lifecycle.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

using std::chrono::days;

std::string rules(std::string_view inside) {
  return std::string("<?xml version=\"1.0\"?><LifecycleConfiguration xmlns=\"urn:x\">")
      .append(inside)
      .append("</LifecycleConfiguration>");
}

std::optional<days> expiration(std::string_view inside, std::string_view prefix = "team/") {
  const auto read = expiration_of(rules(inside), prefix);
  EXPECT_TRUE(read);
  return read ? *read : std::nullopt;
}

TEST(Lifecycle, TheSoonestEnabledRuleCounts) {
  EXPECT_EQ(expiration("<Rule><Status>Enabled</Status><Filter/><Expiration><Days>14</Days>"
                       "</Expiration></Rule>"
                       "<Rule><Status>Enabled</Status><Filter><Prefix>te</Prefix></Filter>"
                       "<Expiration><Days> 7 </Days></Expiration></Rule>"),
            days(7));
  EXPECT_EQ(expiration("<Rule><Prefix></Prefix><Status>Enabled</Status><Expiration><Days>3</Days>"
                       "</Expiration></Rule>"),
            days(3));
}

TEST(Lifecycle, RulesThatDoNotCoverEveryArtifactDoNotCount) {
  for (const std::string_view rule :
       {"<Rule><Status>Disabled</Status><Expiration><Days>7</Days></Expiration></Rule>",
        "<Rule><Status>Enabled</Status><Prefix>other/</Prefix><Expiration><Days>7</Days>"
        "</Expiration></Rule>",
        "<Rule><Status>Enabled</Status><Prefix>team/v1/a</Prefix><Expiration><Days>7</Days>"
        "</Expiration></Rule>",
        "<Rule><Status>Enabled</Status><Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>"
        "<Expiration><Days>7</Days></Expiration></Rule>",
        "<Rule><Status>Enabled</Status><Expiration><Days>0</Days></Expiration></Rule>",
        "<Rule><Status>Enabled</Status><Expiration><Days>-7</Days></Expiration></Rule>",
        "<Rule><Status>Enabled</Status><Expiration><Days>99999999999</Days></Expiration></Rule>",
        "<Rule><Status>Enabled</Status><Expiration><Days>7</Days></Expiration>",
        "<Rule><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>1"
        "</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"}) {
    EXPECT_EQ(expiration(rule), std::nullopt) << rule;
  }
}

TEST(Lifecycle, SomethingElseIsAnError) {
  EXPECT_FALSE(expiration_of("", ""));
  EXPECT_FALSE(expiration_of("<html>", ""));
}

}  // namespace
}  // namespace vc::storage
