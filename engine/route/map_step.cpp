#include "engine/route/loading.h"
#include "engine/route/run.h"

namespace pons {

std::optional<Verb> load_map(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"map", "as", "name", "when"}, loading.findings);
  const Node& name = *step.find("map");
  const auto found = loading.parts.maps.find(name.text);
  if (found == loading.parts.maps.end()) {
    refuse_unknown_name(name, "map", "mappings/*.yaml", names_of(loading.parts.maps), loading.findings);
    return {};
  }
  const Node* as = loading.wanted(step, "as", "item");
  if (!as) return {};
  loading.documents[as->text] = found->second.target().kind;
  if (found->second.target().kind != Target::Kind::hl7) loading.binds(as->text, {});
  return MapStep{&found->second, as->text};
}

Next run_step(Run& run, const RouteStep& step, const MapStep& verb) {
  auto built = verb.map->build(run.scope);
  if (!built) return stop_for(run, built.fault());
  auto document = std::make_shared<const Document>(*std::move(built));
  if (const auto* object = std::get_if<json::Value>(document.get()))
    run.scope.bind(verb.as, Value::of(std::shared_ptr<const json::Value>(document, object), *object));
  run.built.push_back({verb.as, std::move(document), verb.map});
  run.did(step, "");
  return {};
}

}  // namespace pons
