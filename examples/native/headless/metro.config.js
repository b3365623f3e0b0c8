const { readdirSync, realpathSync } = require("node:fs");
const { join } = require("node:path");
const { getDefaultConfig, mergeConfig } = require("@react-native/metro-config");

const app = join(__dirname, "..");
const installed = join(app, "node_modules");

/** What a phone has and the bare Hermes virtual machine has not. */
const standIns = {
  "expo-crypto": join(__dirname, "expo-crypto.ts"),
  "expo-secure-store": join(__dirname, "expo-secure-store.ts"),
  "expo-web-browser": join(__dirname, "expo-web-browser.ts"),
  "react-native": join(__dirname, "react-native.ts"),
};

// As in a project of your own, but that nothing is kept for the next time.
module.exports = mergeConfig(getDefaultConfig(app), {
  cacheStores: [],
  fileMapCacheDirectory: app,
  watchFolders: installedIn(installed),
  resolver: {
    // What is linked from elsewhere finds here what it needs, so that there is one of each.
    disableHierarchicalLookup: true,
    nodeModulesPaths: [installed],
    resolveRequest(context, name, platform) {
      const filePath = standIns[name];
      return filePath ? { type: "sourceFile", filePath } : context.resolveRequest(context, name, platform);
    },
  },
  serializer: { getModulesRunBeforeMainModule: () => [] },
});

/** Packages that are linked from elsewhere; Metro sees only files below the folders that it is told of. */
function installedIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith("@")) return installedIn(path);
    return entry.isSymbolicLink() ? [realpathSync(path)] : [];
  });
}
