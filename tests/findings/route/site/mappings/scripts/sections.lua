function run(lines)
  return { impression = table.concat(lines, " ") }
end
