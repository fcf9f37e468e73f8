#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "engine/dicom/dataset.h"
#include "engine/dicom/dictionary.h"

namespace pons::dicom {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr int kDeepest = 16;  // sequences within sequences

std::string text_of(const rapidjson::Value& value) {
  if (value.IsString()) return {value.GetString(), value.GetStringLength()};
  if (value.IsInt64()) return std::to_string(value.GetInt64());
  if (value.IsUint64()) return std::to_string(value.GetUint64());
  if (value.IsDouble()) return fmt::format("{}", value.GetDouble());
  return "";  // null
}

bool is_text(const rapidjson::Value& value) {
  return value.IsString() || value.IsNumber() || value.IsNull();
}

Result<Dataset> read_object(const rapidjson::Value& object, int depth);

Result<void> read_items(Dataset& dataset, const std::string& keyword, const rapidjson::Value& array, int depth) {
  for (const auto& element : array.GetArray()) {
    if (!element.IsObject()) return refused("items and values do not mix", keyword);
    auto item = read_object(element, depth + 1);
    if (!item) return item.fault();
    if (auto appended = dataset.append_item(keyword, *item); !appended) return appended;
  }
  return {};
}

Result<void> read_values(Dataset& dataset, const std::string& keyword, const rapidjson::Value& array) {
  std::vector<std::string> values;
  for (const auto& element : array.GetArray()) {
    if (!is_text(element)) return refused("a value is text, a number or null", keyword);
    values.push_back(text_of(element));
  }
  return dataset.put_values(keyword, values);
}

Result<void> read_member(Dataset& dataset, const std::string& keyword, const rapidjson::Value& value, int depth) {
  if (value.IsNull()) return dataset.put_empty(keyword);
  if (is_text(value)) return dataset.put(keyword, text_of(value));
  if (!value.IsArray()) return refused("a value is text, a number, null or an array", keyword);
  if (value.Empty()) return dataset.put_empty(keyword);
  if (value[0].IsObject()) return read_items(dataset, keyword, value, depth);
  return read_values(dataset, keyword, value);
}

Result<Dataset> read_object(const rapidjson::Value& object, int depth) {
  if (depth > kDeepest) return refused("sequences are nested too deep");
  Dataset dataset;
  for (const auto& member : object.GetObject()) {
    auto read = read_member(dataset, text_of(member.name), member.value, depth);
    if (!read) return read.fault();
  }
  return dataset;
}

void write_item(Writer& writer, DcmItem& item);

void write_sequence(Writer& writer, DcmSequenceOfItems& sequence) {
  writer.StartArray();
  for (unsigned long i = 0; i < sequence.card(); ++i) write_item(writer, *sequence.getItem(i));
  writer.EndArray();
}

void write_text(Writer& writer, DcmElement& element, unsigned long position) {
  OFString value;
  element.getOFString(value, position);
  writer.String(value.c_str(), static_cast<rapidjson::SizeType>(value.size()));
}

void write_values(Writer& writer, DcmElement& element) {
  unsigned long count = element.getVM();
  if (element.getLength() == 0 || count == 0) {
    writer.Null();
  } else if (count == 1) {
    write_text(writer, element, 0);
  } else {
    writer.StartArray();
    for (unsigned long i = 0; i < count; ++i) write_text(writer, element, i);
    writer.EndArray();
  }
}

bool is_binary(const std::string& vr) {
  return vr == "OB" || vr == "OW" || vr == "OF" || vr == "OD" || vr == "OL" || vr == "OV" || vr == "UN";
}

void write_item(Writer& writer, DcmItem& item) {
  writer.StartObject();
  for (unsigned long i = 0; i < item.card(); ++i) {
    DcmElement* element = item.getElement(i);
    auto attribute = find_attribute(Tag{element->getGTag(), element->getETag()});
    if (!attribute || is_binary(DcmVR(element->getVR()).getValidVRName())) continue;
    writer.Key(attribute->keyword.c_str());
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element)) {
      write_sequence(writer, *sequence);
    } else {
      write_values(writer, *element);
    }
  }
  writer.EndObject();
}

}  // namespace

Result<Dataset> Dataset::from_json(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) {
    return refused(fmt::format("no JSON object of DICOM keywords, at byte {}", document.GetErrorOffset()));
  }
  return read_object(document, 1);
}

std::string Dataset::to_json() const {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  write_item(writer, *native_);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace pons::dicom
