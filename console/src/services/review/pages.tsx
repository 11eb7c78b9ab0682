import type { RouteObject } from 'react-router';
import { Teams } from './teams.tsx';

export const routes: RouteObject[] = [{ index: true, element: <Teams /> }];
