// The JSON key of a service account, for tests.
#pragma once

#include "core/testing/rsa_test_keys.hpp"

#include <string>
#include <string_view>

namespace vc::storage {

struct KeyFileText {
  std::string_view type = "service_account";
  std::string_view client_email = "gateway@project.iam.gserviceaccount.com";
  std::string_view private_key = kRsaTestKey;
};

inline std::string key_file_json(const KeyFileText& text = {}) {
  std::string pem;
  for (const char c : text.private_key) {
    pem += c == '\n' ? "\\n" : std::string(1, c);
  }
  return std::string("{\"type\": \"")
      .append(text.type)
      .append("\", \"project_id\": \"project\", \"private_key_id\": \"0123\", \"private_key\": \"")
      .append(pem)
      .append("\", \"client_email\": \"")
      .append(text.client_email)
      .append("\", \"universe_domain\": \"googleapis.com\"}\n");
}

}  // namespace vc::storage
