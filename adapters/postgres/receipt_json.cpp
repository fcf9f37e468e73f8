#include "adapters/postgres/receipt_json.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace pons {

std::string to_json(const Receipt& receipt) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&](const char* key, const std::string& value) {
    json.Key(key);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  json.Key("message");
  json.Int64(receipt.message);
  text("outcome", to_text(receipt.outcome));
  text("text", receipt.text);
  json.Key("unacceptable");
  json.Bool(receipt.unacceptable);
  if (receipt.expected_number) {
    json.Key("expected_number");
    json.Int64(*receipt.expected_number);
  }
  json.Key("dicom_status");
  json.Uint(receipt.dicom_status);
  json.Key("dicom_error_id");
  json.Uint(receipt.dicom_error_id);
  json.Key("dicom_attributes");
  json.StartArray();
  for (const std::uint32_t tag : receipt.dicom_attributes) json.Uint(tag);
  json.EndArray();
  json.Key("faults");
  json.StartArray();
  for (const Fault& fault : receipt.faults) {
    json.StartObject();
    text("text", fault.text);
    text("field", fault.field);
    text("line", fault.line);
    json.Key("code");
    json.Int(fault.code);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Receipt receipt_from_json(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  Receipt receipt;
  receipt.message = document["message"].GetInt64();
  receipt.outcome = outcome_from(document["outcome"].GetString());
  receipt.text = document["text"].GetString();
  receipt.unacceptable = document["unacceptable"].GetBool();
  if (const auto found = document.FindMember("expected_number"); found != document.MemberEnd())
    receipt.expected_number = found->value.GetInt64();
  receipt.dicom_status = static_cast<std::uint16_t>(document["dicom_status"].GetUint());
  receipt.dicom_error_id = static_cast<std::uint16_t>(document["dicom_error_id"].GetUint());
  if (document.HasMember("dicom_attributes"))  // not in receipts of versions before
    for (const auto& each : document["dicom_attributes"].GetArray()) receipt.dicom_attributes.push_back(each.GetUint());
  for (const auto& each : document["faults"].GetArray()) {
    Fault fault = refused(each["text"].GetString(), each["field"].GetString(), each["code"].GetInt());
    fault.line = each["line"].GetString();
    receipt.faults.push_back(std::move(fault));
  }
  return receipt;
}

}  // namespace pons
