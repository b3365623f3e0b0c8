/** As Expo types it. */
declare const process: { env: { EXPO_PUBLIC_KEYWRIGHT_URL?: string } };
