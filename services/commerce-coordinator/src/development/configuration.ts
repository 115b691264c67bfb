/** Where the lab of a local stack is, which breaks parts of it on purpose. In production both are refused. */
import { text, url } from '@commerce/service-kit/config';

const refusedInProduction = (): string => 'must not be set in production: it lets people break what runs';

export const DEVELOPMENT_VARIABLES = {
  labUrl: url('LAB_URL', { meaning: 'The lab of a local stack, which breaks parts of it on purpose; its routes under /development/lab are there only then. For development only.', optional: true, productionCheck: refusedInProduction }),
  labToken: text('LAB_TOKEN', { meaning: 'Token of that lab.', secret: true, optional: true, productionCheck: refusedInProduction }),
};
